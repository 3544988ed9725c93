using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Senders;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>Trusted senders' mail servers with their default configuration and the recipe of docs/other-mail-servers.md: they ask the direct map, and deliver past the magic MX.</summary>
public sealed class DirectSenderTests
{
    [NeedsFact(DirectWorld.Root, DirectWorld.Ip, DirectWorld.Postfix, DirectWorld.Authority, DirectWorld.Resolver, DirectWorld.Sink, DirectWorld.Netcat, EximSender.Program)]
    public Task Exim_sends_directly_to_the_real_MX() => SendAsync(host => EximSender.StartAsync(host, Recipes.Block("direct:\n")));

    [NeedsFact(
        DirectWorld.Root, DirectWorld.Ip, DirectWorld.Postfix, DirectWorld.Authority, DirectWorld.Resolver, DirectWorld.Sink, DirectWorld.Netcat, SendmailProgram.Name, SendmailSender.Macros)]
    public Task Sendmail_sends_directly_to_the_real_MX() => SendAsync(host => SendmailSender.StartAsync(host, Recipes.Block("FEATURE(`mailertable'")));

    private static async Task SendAsync(Func<NetworkHost, Task<Sender>> start)
    {
        await using var world = await DirectWorld.StartAsync();
        await using var sender = await start(world.Host);
        await sender.SubmitAsync([DirectWorld.User]);
        await world.ArrivedAsync();
        await world.Node.StopAsync();
    }
}
