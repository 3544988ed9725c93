using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Clients that connect by IPv6 are served, counted and answered as those by IPv4.</summary>
public sealed class IPv6ClientTests
{
    [Fact]
    public async Task A_message_by_IPv6_is_delivered_and_the_Received_field_says_so()
    {
        await using var rig = await InboundRig.StartAsync(Listening);
        await using var client = await RawClient.ConnectAsync(rig.Node.Smtp[0], IPAddress.IPv6Loopback);
        Assert.StartsWith("250", await client.DeliverAsync("Subject: hi\r\n\r\nhello\r\n"), StringComparison.Ordinal);
        Assert.Contains("[IPv6:::1]", System.Text.Encoding.ASCII.GetString(rig.Hop.Messages.Single().Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deferral_by_IPv6_names_the_address_and_its_link_has_it_escaped()
    {
        await using var rig = await InboundRig.StartAsync(c => Listening(c) with
        {
            Throttle = new() { Hold = TimeSpan.Zero, WarmUp = TimeSpan.Zero },
            Smtp = Listening(c).Smtp with { HelpUrl = "https://help.example.net/?address={address}&id={id}" },
        });
        var throttle = rig.Node.Services.GetRequiredService<NodeThrottle>();
        for (var i = 0; i < 12; i++)
        {
            throttle.Register(IpBlock.Of(IPAddress.IPv6Loopback), null, new Mailbox($"earlier{i}", "example.com"));
        }

        await using var client = await RawClient.ConnectAsync(rig.Node.Smtp[0], IPAddress.IPv6Loopback);
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<ann@client.test>", "<250");
        await client.SendAsync("RCPT TO:<bob@example.com>\r\n");
        Assert.Matches(@"^451 4\.7\.1 throttle-mx\.test limits mail by sending host: the limit for an hour is reached by ::1, try again in \d+ minutes? \(session ([0-9a-f]+)\), see https://help\.example\.net/\?address=%3A%3A1&id=\1\s*$", await client.ReplyAsync());
    }

    [Fact]
    public async Task Mail_to_the_postmaster_at_the_nodes_own_IPv6_address_goes_to_the_configured_mailbox()
    {
        await using var rig = await InboundRig.StartAsync(c => Listening(c) with { Node = c.Node with { Postmaster = "boss@example.com" } });
        await using var client = await RawClient.ConnectAsync(rig.Node.Smtp[0], IPAddress.IPv6Loopback);
        Assert.StartsWith("250", await client.DeliverAsync("hello", "postmaster@[IPv6:::1]"), StringComparison.Ordinal);
        Assert.Equal(["RCPT TO:<boss@example.com>"], rig.Hop.Messages.Single().Recipients);
    }

    private static MxNode.Hosting.NodeConfiguration Listening(MxNode.Hosting.NodeConfiguration configuration) =>
        configuration with { Smtp = configuration.Smtp with { Listen = [new(IPAddress.IPv6Loopback, 0)] } };
}
