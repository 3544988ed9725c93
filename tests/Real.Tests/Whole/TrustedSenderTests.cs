using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Guard;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Whole;

/// <summary>A list host from its enrolment to its revocation, with the trust commands and a real Postfix at both ends.</summary>
public sealed class TrustedSenderTests
{
    private const int Recipients = 200;

    private const string Lists = "10.77.0.8";

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Client, GuardWorld.Authority, GuardWorld.Resolver)]
    public async Task A_list_host_goes_direct_with_200_messages_and_is_slowed_once_it_is_revoked()
    {
        await using var world = await GuardWorld.StartAsync();
        using var folder = new TemporaryFolder();
        var host = await world.AddAsync(IPAddress.Parse(Lists).GetAddressBytes()[3]);
        await using var map = await NodeProcess.StartAsync(folder, host, "Smtp:Listen=,", "Direct:Listen=127.0.0.1:10041");
        await using var sender = await PostfixInstance.StartSenderAsync(host, "lists.people.test", "transport_maps = socketmap:inet:127.0.0.1:10041:direct");
        await world.TrustAsync("enrol", Lists, "--kind", "list-host", "--organisation", "People's Lists", "--contact", "postmaster@people.test", "--expires", "30d", "--yes");
        await Eventually.HoldsAsync("the relay's trust", async () => (await world.BlockAsync(host)).GetProperty("reason").GetString() == "Trusted");

        for (var i = 0; i < Recipients; i++)
        {
            await sender.SubmitAsync("list@people.test", string.Create(CultureInfo.InvariantCulture, $"reader{i}@example.test"), string.Create(CultureInfo.InvariantCulture, $"Subject: news {i}\n\nhello\n"));
        }

        await Eventually.HoldsAsync("all messages", () => world.Destination.Mailbox().Count == Recipients);
        await Eventually.HoldsAsync("an empty queue", async () => (await sender.QueueAsync()).Count == 0);
        var ends = sender.Log.Where(l => l.Contains(" status=", StringComparison.Ordinal)).ToList();
        Assert.Equal(Recipients, ends.Count);
        Assert.All(ends, l => Assert.Contains("relay=mail.example.test[10.77.0.2]:25", l, StringComparison.Ordinal));
        Assert.All(ends, l => Assert.Contains("status=sent", l, StringComparison.Ordinal));

        await world.TrustAsync("revoke", Lists, "--reason", "sold to a spammer");
        await Eventually.HoldsAsync("the relay's distrust", async () => (await world.BlockAsync(host)).GetProperty("reason").GetString() != "Trusted");

        // The guard may use the relay's last answer for some seconds more.
        await Eventually.HoldsAsync("the guard's deferral", async () =>
        {
            await sender.SubmitAsync("list@people.test", "reader0@example.test", "Subject: buy\n\nnow\n");
            await Eventually.HoldsAsync("its end", () => sender.Log.Count(l => l.Contains(" status=", StringComparison.Ordinal)) > ends.Count);
            ends = [.. sender.Log.Where(l => l.Contains(" status=", StringComparison.Ordinal))];
            return ends[^1].Contains("status=deferred", StringComparison.Ordinal) && ends[^1].Contains("450 4.7.1", StringComparison.Ordinal);
        });
        Assert.Single(await sender.QueueAsync());
        await map.StopAsync();
        await world.Guard.StopAsync();
        await world.Relay.StopAsync();
    }
}
