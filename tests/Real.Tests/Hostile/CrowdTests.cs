using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Stress.Attacks;
using ThrottleNet.Stress.Processes;

namespace ThrottleNet.Real.Tests.Hostile;

/// <summary>More connections than the node has descriptors, places or memory for. It goes on serving, and trusted hosts can connect.</summary>
[Collection(CrowdCollection.Name)]
public sealed class CrowdTests
{
    private const string TrustedHost = "127.77.0.1";
    private const string Trust = "Trust:Entries:0=127.77.0.0/16";

    // One connection in each region in turn, so that no limit of a host, site or region applies.
    private static IPAddress Stranger(int number) =>
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.{100 + (number % 100)}.{number / 100 % 250}.{1 + (number / 25_000)}"));

    [NeedsFact("root", "prlimit")]
    public async Task Silent_connections_beyond_the_limit_of_descriptors_do_not_stop_the_dashboard()
    {
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartUnderAsync(["prlimit", "--nofile=400:400"], folder, Trust, "Smtp:GreetDelay=00:01:00");
        using (var crowd = new Crowd())
        {
            await crowd.ConnectAsync(node.Smtp, 900, Stranger);
            await using var trusted = await RawClient.ConnectAsync(node.Smtp, TrustedHost);
            await trusted.TalkAsync("<220", ">QUIT", "<221");
            Assert.Equal("alive\n", await HealthAsync(node));
            Assert.InRange(crowd.Held, 50, 399);
        }

        await using var later = await RawClient.ConnectAsync(node.Smtp, TrustedHost);
        await later.TalkAsync("<220", ">QUIT", "<221");
        Assert.Contains(node.Log, l => l.Text.Contains("LimitNOFILE", StringComparison.Ordinal));
        await node.StopAsync();
    }

    [NeedsFact("root", "prlimit")]
    public async Task Silent_connections_to_one_endpoint_leave_the_others_open()
    {
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartUnderAsync(["prlimit", "--nofile=400:400"], folder, Trust);
        using (var crowd = new Crowd())
        {
            await crowd.ConnectAsync(new IPEndPoint(IPAddress.Loopback, node.Admin.Port), 900, Stranger);
            await using var trusted = await RawClient.ConnectAsync(node.Smtp, TrustedHost);
            await trusted.TalkAsync("<220", ">QUIT", "<221");
        }

        await Eventually.HoldsAsync("the dashboard to answer again", async () => await HealthAsync(node) == "alive\n");
        await node.StopAsync();
    }

    [NeedsFact("root", "smtp-sink")]
    public async Task Hosts_with_many_silent_connections_do_not_keep_other_hosts_out()
    {
        const int Hosts = 100;
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(
            folder, sink.Route("sink.test"), Trust, "Smtp:MaxConnections=1000", "Smtp:GreetDelay=00:00:01");
        using var crowd = new Crowd();
        var holding = crowd.ConnectAsync(node.Smtp, Hosts * 50, i => Stranger(i % Hosts));
        await Eventually.HoldsAsync("the crowd to take all the places it can", () => node.Log.Any(l => l.Text.Contains("TooManyConnections", StringComparison.Ordinal)));

        List<string> answers = [];
        for (var i = 0; i < 20; i++)
        {
            answers.Add(await RawClient.SendMessageAsync(node.Smtp, IPAddress.Parse(TrustedHost), "list@lists.test", "reader@sink.test"));
            answers.Add(await RawClient.SendMessageAsync(node.Smtp, IPAddress.Parse($"127.99.{i}.1"), "person@people.test", "reader@sink.test"));
        }

        Assert.Equal([], answers.Where(a => !a.StartsWith("250", StringComparison.Ordinal)));
        Assert.Equal(40, answers.Count);
        await holding;
        crowd.Dispose();
        await node.StopAsync();
    }

    [NeedsFact("root")]
    public async Task Clients_that_send_as_much_as_they_can_do_not_fill_a_small_memory()
    {
        const int Megabytes = 256;
        using var folder = new TemporaryFolder();
        using var group = new MemoryGroup(Megabytes);
        await using var node = await NodeProcess.StartUnderAsync(group.Wrapper, folder, Trust, "Smtp:GreetDelay=00:01:00");
        using (var crowd = new Crowd())
        {
            await crowd.ConnectAsync(node.Smtp, 6000, Stranger);
            Assert.InRange(crowd.SendAll(), 1L << 20, long.MaxValue);
            await using var trusted = await RawClient.ConnectAsync(node.Smtp, TrustedHost);
            await trusted.TalkAsync("<220", ">QUIT", "<221");
            Assert.InRange(crowd.Held, 1000, 6000);
        }

        Assert.False(node.HasExited);
        await node.StopAsync();
    }

    private static async Task<string> HealthAsync(NodeProcess node)
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        try
        {
            return await client.GetStringAsync(new Uri("healthz", UriKind.Relative));
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }
}
