"use strict";
// Draws every element of class "chart": what a fund had available, as steps by day. The tables say the same without it.
(function () {
  function yuan(fen) {
    return (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }

  function day(seconds) {
    return new Date(seconds * 1000).toISOString().slice(0, 10);
  }

  function axis(value, language) {
    if (language === "zh") {
      return Math.abs(value) >= 1e6 ? value / 1e6 + " 万" : String(value / 100);
    }
    return Math.abs(value) >= 1e8 ? value / 1e8 + " m" : Math.abs(value) >= 1e5 ? value / 1e5 + " k" : String(value / 100);
  }

  function draw(box) {
    var points = JSON.parse(box.dataset.points);
    if (points[0].length === 0) {
      return;
    }
    var chart = new uPlot({
      width: box.clientWidth,
      height: 220,
      tzDate: function (seconds) { return uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"); },
      scales: { y: { range: function (_, low, high) { var room = (high - Math.min(low, 0)) * 0.05 || 100; return [Math.min(low, 0), high + room]; } } },
      axes: [
        { values: function (_, ticks) { return ticks.map(day); }, space: 90, grid: { stroke: "#e3e7ec" } },
        { values: function (_, ticks) { return ticks.map(function (tick) { return axis(tick, box.dataset.language); }); }, size: 80, grid: { stroke: "#e3e7ec" } }
      ],
      series: [
        { value: function (_, seconds) { return seconds === null ? "—" : day(seconds); }, label: box.dataset.day },
        {
          label: box.dataset.label, stroke: "#1f4e79", width: 1.5, fill: "rgba(31, 78, 121, 0.10)", points: { show: false },
          paths: uPlot.paths.stepped({ align: 1 }),
          value: function (_, fen) { return fen === null ? "—" : yuan(fen); }
        }
      ]
    }, points, box);
    window.addEventListener("resize", function () { chart.setSize({ width: box.clientWidth, height: 220 }); });
  }

  document.querySelectorAll(".chart").forEach(draw);
})();
