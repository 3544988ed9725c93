using ThrottleNet.MxNode.Content;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Dashboard.Data;

/// <summary>Something that the operator should look at.</summary>
/// <param name="Text">What is wrong, and what to do.</param>
/// <param name="Link">The page that shows more.</param>
internal sealed record Concern(string Text, string Link);

/// <summary>What the operator should look at now.</summary>
internal sealed class Concerns(IServiceProvider services, Certificates certificates, NodeHealth health, NameRefusals refusals, ContentFilters filters, TimeProvider time)
{
    // A certificate that ends sooner should have been renewed by now.
    private static readonly TimeSpan RenewalDue = TimeSpan.FromDays(14);

    public IReadOnlyList<Concern> Read() =>
    [
        .. health.Faults.Select(fault => new Concern($"{Capital(fault.Component)} fails: {fault.Reason}. The node tries again at {Format.Clock(fault.NextAttempt)}.", "/system")),
        .. OfExchange(),
        .. certificates.Read().Where(c => c.Until - time.GetUtcNow() < RenewalDue).Select(c => new Concern(
            $"The certificate for {c.Use} ends on {Format.Date(c.Until)}: renew the file that {c.Setting} names.", "/system")),
        .. filters.Filters.Where(filter => filter.Health.IsDown).Select(filter => new Concern($"The content filter {filter.Name} does not answer: start it, or take it out of Content:Milters.", "/system")),
        .. refusals.Report().OrderByDescending(r => r.Last).Take(3).Select(r => new Concern(
            $"{r.Host} refuses this relay for its name{(r.List is { } list ? $", and names {list}: ask that list to remove this node's address" : ": ask that destination to take mail from this relay")}.", "/hops")),
    ];

    private IEnumerable<Concern> OfExchange() => services.GetService<ExchangeStatus>() is { IsReady: false }
        ? [new("No other node is reached: this node judges by its own counts alone. Check Exchange:Peers and the firewall.", "/network")]
        : [];

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
