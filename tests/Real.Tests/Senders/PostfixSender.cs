using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>Postfix. A message is tried again after as long as it has waited, between minimal_backoff_time (300 s) and maximal_backoff_time (4000 s).</summary>
internal sealed class PostfixSender : Sender
{
    private readonly PostfixInstance _postfix;

    private PostfixSender(NetworkHost host, PostfixInstance postfix) : base(host) => _postfix = postfix;

    public override IEnumerable<TimeSpan> Schedule
    {
        get
        {
            for (var at = 300; at <= 18_000; at += Math.Clamp(at, 300, 4000))
            {
                yield return TimeSpan.FromSeconds(at);
            }
        }
    }

    public static async Task<Sender> StartAsync(NetworkHost host) => new PostfixSender(host, await PostfixInstance.StartSenderAsync(host, "sender.people.test"));

    public override async Task SubmitAsync(IReadOnlyList<string> recipients)
    {
        foreach (var to in recipients)
        {
            await _postfix.SubmitAsync(From, to, $"From: {From}\nTo: {to}\nSubject: to {to}\n\nhello\n");
        }
    }

    public override Task RunQueueAsync() => _postfix.FlushAsync();

    public override async ValueTask DisposeAsync()
    {
        await _postfix.DisposeAsync();
        await base.DisposeAsync();
    }
}
