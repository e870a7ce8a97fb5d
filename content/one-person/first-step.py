"""One training step on whatever this machine has. It prints the device and the loss."""

import torch

if torch.cuda.is_available():
    device = torch.device("cuda")
elif torch.backends.mps.is_available():
    device = torch.device("mps")
else:
    device = torch.device("cpu")

torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(512, 2048),
    torch.nn.GELU(),
    torch.nn.Linear(2048, 512),
).to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
x = torch.randn(256, 512, device=device)

before = (model(x) - x).square().mean()
before.backward()
optimizer.step()
after = (model(x) - x).square().mean()

print(f"torch {torch.__version__} on {device.type}")
print(f"loss {before.item():.4f} -> {after.item():.4f}")
if device.type == "cuda":
    print(torch.cuda.get_device_name(device))
