using System.Globalization;
using System.Text;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>The outcome as an SVG: the share of nodes reached over time, with the headline numbers beside it.</summary>
internal static class SimulationPicture
{
    private const int Left = 80;
    private const int Top = 76;
    private const int Width = 540;
    private const int Height = 380;
    private const int Column = Left + Width + 40;
    private const int Right = 1010;
    private const int LineHeight = 30;
    private const int WantedTicks = 6;
    private const int WordsPerLine = 7;

    private static readonly int[] Marked = [50, 90, 99];

    /// <summary>A whole SVG document.</summary>
    public static string Draw(SimulationOptions options, SimulationResult result)
    {
        var span = result.MedianTimes.Append(result.DirectTime99).Max();
        var step = TickStep(span);
        var most = step * ((span / step) + 1);
        var svg = new StringBuilder();
        Line($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Right + 30} {Top + Height + 70}" font-family="sans-serif" font-size="14">""");
        Line($"""<rect width="100%" height="100%" fill="white"/>""");
        Line($"""<text x="{Left}" y="28" font-size="18">How a batch spreads</text>""");
        foreach (var (i, words) in SimulationHeadlines.Describe(options).Chunk(WordsPerLine).Index())
        {
            Line($"""<text x="{Left}" y="{47 + (14 * i)}" font-size="12" fill="#555">{string.Join(", ", words)}</text>""");
        }

        Axes();
        Curve();
        Headlines();
        return svg.Append("</svg>\n").ToString();

        void Axes()
        {
            for (var share = 0; share <= 100; share += 20)
            {
                Line($"""<line x1="{Left}" y1="{Y(share):0.#}" x2="{Left + Width}" y2="{Y(share):0.#}" stroke="#ddd"/>""");
                Line($"""<text x="{Left - 8}" y="{Y(share) + 5:0.#}" text-anchor="end">{share}</text>""");
            }

            for (var time = 0L; time <= most; time += step)
            {
                Line($"""<line x1="{X(time):0.#}" y1="{Top}" x2="{X(time):0.#}" y2="{Top + Height}" stroke="#eee"/>""");
                Line($"""<text x="{X(time):0.#}" y="{Top + Height + 20}" text-anchor="middle">{time}</text>""");
            }

            Line($"""<path d="M{Left} {Top}V{Top + Height}H{Left + Width}" fill="none" stroke="black"/>""");
            Line($"""<text x="{Left + (Width / 2)}" y="{Top + Height + 48}" text-anchor="middle">milliseconds since the batch was published</text>""");
            Line($"""<text transform="translate(28 {Top + (Height / 2)}) rotate(-90)" text-anchor="middle">% of the nodes within reach that have it</text>""");
        }

        void Curve()
        {
            Line($"""<path d="M{X(result.DirectTime99):0.#} {Top}V{Top + Height}" stroke="#999" stroke-dasharray="4 4"/>""");
            Line($"""<text transform="translate({X(result.DirectTime99) + 14:0.#} {Top + 6}) rotate(-90)" text-anchor="end" font-size="12" fill="#777">99 %, if all were linked directly</text>""");
            var points = result.MedianTimes.Select((time, i) => FormattableString.Invariant($"{X(time):0.#},{Y(i + 1):0.#}"));
            Line($"""<polyline points="{string.Join(' ', points.Prepend(FormattableString.Invariant($"{X(0):0.#},{Y(0):0.#}")))}" fill="none" stroke="#06c" stroke-width="2"/>""");
            foreach (var share in Marked.Where(s => s <= result.MedianTimes.Count))
            {
                var time = result.MedianTimes[share - 1];
                Line($"""<circle cx="{X(time):0.#}" cy="{Y(share):0.#}" r="4" fill="#06c"><title>{share} % after {time} ms</title></circle>""");
            }
        }

        void Headlines()
        {
            var y = Top + 20;
            foreach (var (what, value) in SimulationHeadlines.Of(options, result))
            {
                Line($"""<text x="{Column}" y="{y}">{what}</text>""");
                Line($"""<text x="{Right}" y="{y}" text-anchor="end" font-weight="bold">{value}</text>""");
                y += LineHeight;
            }
        }

        double X(long time) => Left + (Width * (double)time / most);

        double Y(int share) => Top + Height - (Height * share / 100.0);

        void Line(FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    // 1, 2 or 5 times a power of ten.
    private static long TickStep(long span)
    {
        for (var power = 1L; ; power *= 10)
        {
            foreach (var factor in new[] { 1, 2, 5 })
            {
                if (span / (factor * power) < WantedTicks)
                {
                    return factor * power;
                }
            }
        }
    }
}
