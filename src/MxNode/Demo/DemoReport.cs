using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Demo;

/// <summary>The outcome of the demo.</summary>
/// <param name="AsPromised">Each sender had the promised outcome, and as many messages arrived as were answered 250.</param>
/// <param name="Accepted">Messages answered 250.</param>
/// <param name="Arrived">Messages that the destination took.</param>
/// <param name="Seconds">How long the senders took.</param>
/// <param name="Actors">The outcome of each sender.</param>
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

/// <summary>The outcome of one sender; the members are those of <see cref="Actor"/>.</summary>
internal sealed record ActorReport(string Name, string Address, string Does, int Sent, int Delivered, int Deferred, int Refused, string Why, string Promised, bool Kept);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(DemoReport))]
internal sealed partial class DemoJson : JsonSerializerContext;
