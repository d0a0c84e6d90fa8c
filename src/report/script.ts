/** What the page does where scripts run: filters, arrow keys in the heat map, the request behind a cell. Without it everything but that can be read. */
export const script = `
(()=>{
const text=document.getElementById("filter-text"),severity=document.getElementById("filter-severity"),count=document.getElementById("filter-count");
const rows=[...document.querySelectorAll("#posture tbody tr")];
const apply=()=>{let n=0;const wanted=text.value.toLowerCase();for(const row of rows){const ok=(severity.value===""||row.dataset.severity===severity.value)&&row.textContent.toLowerCase().includes(wanted);row.hidden=!ok;if(ok)n++}count.textContent=n+" of "+rows.length+" shown"};
if(text){text.addEventListener("input",apply);severity.addEventListener("change",apply)}
const table=document.querySelector(".heat"),dialog=document.querySelector("dialog");
if(!table||!dialog)return;
const data=JSON.parse(document.getElementById("heat-data").textContent);
const grid=[...table.tBodies[0].rows].map(row=>[...row.cells].map(cell=>cell.querySelector("button")));
const all=grid.flat().filter(Boolean);all.forEach((one,index)=>{one.tabIndex=index===0?0:-1});
table.addEventListener("keydown",event=>{
const move={ArrowRight:[0,1],ArrowLeft:[0,-1],ArrowDown:[1,0],ArrowUp:[-1,0]}[event.key];if(!move)return;
let y=grid.findIndex(row=>row.includes(document.activeElement));if(y<0)return;let x=grid[y].indexOf(document.activeElement);
for(;;){y+=move[0];x+=move[1];if(!grid[y]||x<0||x>=grid[y].length)return;if(grid[y][x]){document.activeElement.tabIndex=-1;grid[y][x].tabIndex=0;grid[y][x].focus();event.preventDefault();return}}
});
table.addEventListener("click",event=>{
const button=event.target.closest("button");if(!button)return;
const shown=data[Number(button.dataset.at)];
document.getElementById("shown-title").textContent=button.getAttribute("aria-label");
document.getElementById("shown-question").textContent=JSON.stringify(shown.question,null,2);
document.getElementById("shown-place").textContent=shown.place?"Decided by "+shown.place:"Decided by no statement of a file";
dialog.showModal();
});
dialog.querySelector("button").addEventListener("click",()=>dialog.close());
})();
`;
