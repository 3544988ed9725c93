using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ThrottleNet.MxNode.Demo;

/// <summary>Draws the demo for people: a live table while the senders act, and a table with reasons at the end.</summary>
internal static class DemoPicture
{
    /// <summary>What is about to happen, printed before it does.</summary>
    public const string Intro = """
        Four relays of three operators are the magic MX of example.test: throttle-mx.test. Two of them are one operator's cluster. They
        share what they count of each sender, and pass mail on to the real MX, mail.example.test. A guard there asks the relays about hosts that come direct.
        Seven senders start now, all at once.
        """;

    /// <summary>How to read <see cref="Draw(DemoReport)"/>.</summary>
    public const string Legend = """
        passed  answered 250: the message is in its mailbox (a relay says 250 only after the real MX has)
        4xx     deferred: a mail server keeps the message and tries again later
        5xx     refused for good: the sender has an error, and no third party gets a bounce
        The grey line is the reply that most of a sender's other attempts got.
        """;

    /// <summary>What to do after the demo.</summary>
    public const string NextStep = """
        Next: start a node of your own (dotnet run --project src/MxNode), and see what a domain would need to use it
        (dotnet run --project src/MxNode -- doctor example.com). docs/operator.md goes on from there.
        """;

    private const int BarWidth = 30;

    /// <summary>The live table.</summary>
    public static IRenderable Draw(IReadOnlyList<Actor> actors, int arrived)
    {
        var table = new Table { Border = TableBorder.Rounded, Expand = false };
        table.Title = new TableTitle("sender  ->  throttle-mx.test  ->  mail.example.test");
        table.AddColumns("sender", "so far", "passed", "4xx", "5xx");
        foreach (var actor in actors)
        {
            table.AddRow(
                new Markup($"{(actor.IsDone ? "[green]✓[/]" : "[yellow]…[/]")} {actor.Name}"),
                Bar(actor),
                Number(actor.Delivered, "green"),
                Number(actor.Deferred, "yellow"),
                Number(actor.Refused, "red"));
        }

        table.Caption = new TableTitle(string.Create(CultureInfo.InvariantCulture, $"arrived at mail.example.test: {arrived}"));
        return table;
    }

    /// <summary>The table at the end.</summary>
    public static IRenderable Draw(DemoReport report)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("sender", "sent", "passed", "4xx", "5xx", "promised");
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
