using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Has the core check all certificates again when this node's credentials were read again: the authority may have changed.</summary>
internal sealed class AdmissionRecheck(CredentialStore credentials, ExchangeInputs inputs, NodeHealth health)
    : PeriodicService("check of peers' certificates", Interval, health)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private NodeCredentials _known = credentials.Initial;

    protected override async Task TickAsync(CancellationToken stopping)
    {
        if (credentials.Current() is var current && current != _known)
        {
            await inputs.PostAsync((core, now) => core.Recheck(now));
            _known = current;
        }
    }
}
