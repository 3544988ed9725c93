using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Dns;

/// <summary>What a <see cref="DnsListener"/> owes the node: it counts its connections, and reports failures of its sockets.</summary>
/// <param name="descriptors">The places of connections.</param>
/// <param name="health">The name server's health.</param>
internal sealed class DnsDuties(DescriptorBudget descriptors, ComponentHealth health)
{
    private volatile bool _failing;

    public DescriptorBudget Descriptors => descriptors;

    /// <summary>The duties of a name server in a command or a test: descriptors without end, and failures that nobody asks for.</summary>
    public static DnsDuties Unbounded(TimeProvider time) =>
        new(new DescriptorBudget(int.MaxValue), new ComponentHealth("DNS server", DnsListener.ErrorPause, DnsListener.ErrorPause, time));

    public void Failed(Exception failure)
    {
        _failing = true;
        health.Failed(failure.Message);
    }

    /// <summary>Called for each query, so it costs nothing while all is well.</summary>
    public void Works()
    {
        if (_failing)
        {
            _failing = false;
            health.Worked();
        }
    }
}
