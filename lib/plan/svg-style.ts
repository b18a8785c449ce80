// Colours are written out twice, since not every program that shows SVG knows custom properties.
export const STYLE = `
.tidegate-plan text{font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
.tidegate-plan .page{fill:#fff;stroke:#d0d7de}
.tidegate-plan .name{fill:#1f2328;font-weight:600}
.tidegate-plan .ink{fill:#1f2328}
.tidegate-plan .muted{fill:#59636e}
.tidegate-plan .time{fill:#59636e;stroke:#fff;stroke-width:5;stroke-linejoin:round;paint-order:stroke}
.tidegate-plan .level{fill:#0b6074;font-weight:600}
.tidegate-plan .approval{fill:#8a4b00;font-weight:600}
.tidegate-plan .grid{stroke:#e4e8ec;stroke-width:1}
.tidegate-plan .axis{stroke:#9aa4af;stroke-width:1}
.tidegate-plan .area{fill:#0b7285;fill-opacity:.13}
.tidegate-plan .area.late{fill-opacity:.06}
.tidegate-plan .curve{fill:none;stroke:#0b7285;stroke-width:2.5;stroke-linejoin:round}
.tidegate-plan .curve.late{stroke-dasharray:5 4}
.tidegate-plan .rail{stroke:#9fc3cb;stroke-width:1.5;stroke-linecap:round}
.tidegate-plan .rail.thick{stroke-width:5}
.tidegate-plan .rail.late{stroke-dasharray:2 5}
.tidegate-plan .dot{fill:#0b7285}
.tidegate-plan .hatch{fill:#c77700;fill-opacity:.38}
.tidegate-plan .wait{fill-opacity:.55}
.tidegate-plan .event{stroke:#c77700;stroke-width:1}
.tidegate-plan .person{stroke:#c77700;stroke-width:2}
@media (prefers-color-scheme:dark){
.tidegate-plan .page{fill:#0d1117;stroke:#30363d}
.tidegate-plan .name,.tidegate-plan .ink{fill:#e6edf3}
.tidegate-plan .muted{fill:#9198a1}
.tidegate-plan .time{fill:#9198a1;stroke:#0d1117}
.tidegate-plan .level{fill:#66d9e8}
.tidegate-plan .approval{fill:#ffb454}
.tidegate-plan .grid{stroke:#21262d}
.tidegate-plan .axis{stroke:#57606a}
.tidegate-plan .area{fill:#3bc9db}
.tidegate-plan .curve{stroke:#3bc9db}
.tidegate-plan .rail{stroke:#2b5f68}
.tidegate-plan .dot{fill:#3bc9db}
.tidegate-plan .hatch{fill:#f0a13c}
.tidegate-plan .event,.tidegate-plan .person{stroke:#f0a13c}
}
`;
