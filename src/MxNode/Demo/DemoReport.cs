using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Demo;

/// <summary>How the demo came out.</summary>
/// <param name="AsPromised">Everybody got what was promised, and what was answered 250 is what arrived.</param>
/// <param name="Accepted">Messages answered 250.</param>
/// <param name="Arrived">Messages at the destination.</param>
internal sealed record DemoReport(bool AsPromised, int Accepted, int Arrived, double Seconds, IReadOnlyList<ActorReport> Actors)
{
    public static DemoReport Of(IReadOnlyList<Actor> actors, int arrived, TimeSpan took)
    {
        var accepted = actors.Sum(a => a.Delivered);
        return new(
            accepted == arrived && actors.All(a => a.Kept),
            accepted,
            arrived,
            Math.Round(took.TotalSeconds, 1),
            [.. actors.Select(a => new ActorReport(a.Name, a.Address.ToString(), a.Does, a.Sent, a.Delivered, a.Deferred, a.Refused, a.Why, a.Promised, a.Kept))]);
    }
}

/// <summary>What one of them sent, and what came of it.</summary>
internal sealed record ActorReport(string Name, string Address, string Does, int Sent, int Delivered, int Deferred, int Refused, string Why, string Promised, bool Kept);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(DemoReport))]
internal sealed partial class DemoJson : JsonSerializerContext;
