using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Reports unknown hosts to the relays, beside the guard's answers.</summary>
internal sealed class StrangerReporter(StrangerReports reports, RelaySightings relays, NodeHealth health) : KeptService("reports of strangers", health)
{
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await relays.ReportAsync(await reports.TakeAsync(stoppingToken), stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }
}
