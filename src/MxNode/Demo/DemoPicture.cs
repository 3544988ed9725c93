using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ThrottleNet.MxNode.Demo;

/// <summary>The demo as people watch it: who sends, and what comes of it, while it happens.</summary>
internal static class DemoPicture
{
    private const int BarWidth = 30;

    /// <summary>The picture of now.</summary>
    public static IRenderable Draw(IReadOnlyList<Actor> actors, int arrived)
    {
        var table = new Table { Border = TableBorder.Rounded, Expand = false };
        table.Title = new TableTitle("sender  ->  throttle-mx.test  ->  mail.example.test");
        table.AddColumns("who", "so far", "passed", "4xx", "5xx");
        foreach (var actor in actors)
        {
            table.AddRow(
                new Markup($"{(actor.IsDone ? "[green]✓[/]" : "[yellow]…[/]")} {actor.Name}"),
                Bar(actor),
                Number(actor.Delivered, "green"),
                Number(actor.Deferred, "yellow"),
                Number(actor.Refused, "red"));
        }

        table.Caption = new TableTitle(string.Create(CultureInfo.InvariantCulture, $"{arrived} messages have come to mail.example.test"));
        return table;
    }

    /// <summary>The table at the end.</summary>
    public static IRenderable Draw(DemoReport report)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("who", "sent", "passed", "4xx", "5xx", "promised");
        table.ShowRowSeparators();
        foreach (var actor in report.Actors)
        {
            table.AddRow(
                new Markup($"[bold]{actor.Name}[/] ({actor.Address}) {actor.Does}{(actor.Why.Length > 0 ? $"\n[grey]{Markup.Escape(actor.Why)}[/]" : "")}"),
                Number(actor.Sent, "white"),
                Number(actor.Delivered, "green"),
                Number(actor.Deferred, "yellow"),
                Number(actor.Refused, "red"),
                new Markup($"{(actor.Kept ? "[green]✓[/]" : "[red]✗[/]")} {actor.Promised}"));
        }

        return table;
    }

    private static Markup Bar(Actor actor)
    {
        var scale = (double)BarWidth / Math.Max(1, actor.Sent);
        var green = (int)Math.Round(actor.Delivered * scale);
        var yellow = (int)Math.Round(actor.Deferred * scale);
        var red = (int)Math.Round(actor.Refused * scale);
        return new Markup($"[green]{new string('█', green)}[/][yellow]{new string('▒', yellow)}[/][red]{new string('░', red)}[/]");
    }

    private static Markup Number(int number, string colour) =>
        new($"[{(number == 0 ? "grey" : colour)}]{number.ToString(CultureInfo.InvariantCulture)}[/]");
}
