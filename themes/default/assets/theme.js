try{let t=localStorage.getItem("benchbook-theme"),d=document.documentElement;if(t=="auto")d.removeAttribute("data-theme");else if(t=="light"||t=="dark")d.setAttribute("data-theme",t)}catch(e){}
