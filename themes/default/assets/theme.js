try{let t=localStorage.getItem("benchbook-theme");if(t=="light"||t=="dark")document.documentElement.setAttribute("data-theme",t)}catch(e){}
