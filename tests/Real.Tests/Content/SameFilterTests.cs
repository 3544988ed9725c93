using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Content;

/// <summary>Each real filter, used by the node and by a Postfix beside it at the same time: the same replies, the same header fields and bodies arrive.</summary>
public sealed partial class SameFilterTests
{
    private const string Root = "root", Postfix = "postfix";

    [NeedsFact(Root, Postfix, "rspamd")]
    public async Task Rspamd_does_the_same() => await CompareAsync(
        await RealFilter.RspamdAsync(), Samples.Message(Samples.Gtube), Samples.Message(Samples.GtubeMark), Samples.Message("nothing special"));

    [NeedsFact(Root, Postfix, "clamd", "clamav-milter")]
    public async Task Clamav_does_the_same() => await CompareAsync(await RealFilter.ClamavAsync(), Samples.Message(Samples.Eicar), Samples.Message("nothing special"));

    [NeedsFact(Root, Postfix, "unshare", "opendkim")]
    public async Task Opendkim_does_the_same() => await CompareAsync(await RealFilter.OpenDkimAsync(new DkimKey()), Samples.Message("nothing special"));

    [NeedsFact(Root, Postfix, "unshare", "opendmarc")]
    public async Task Opendmarc_does_the_same() => await CompareAsync(
        await RealFilter.OpenDmarcAsync(new DkimKey()), Samples.Message("forged", $"ann@{DkimKey.Domain}"), Samples.Message("nothing special"));

    [NeedsFact(Root, Postfix, "spamd", "spamass-milter")]
    public async Task Spamass_milter_does_the_same() => await CompareAsync(
        await RealFilter.SpamAssassinAsync(), Samples.Message("this is a lot of spam"), Samples.Message("this is a little spam"), Samples.Message("nothing special"));

    private static async Task CompareAsync(RealFilter filter, params string[] messages)
    {
        await using var ends = filter;
        await filter.OpenToAllAsync();
        await using var rig = await FilterRig.StartAsync([filter.Address]);
        var address = Loopback.Next();
        await using var postfix = await PostfixInstance.StartBesideAsync(
            address, NodeProcess.HostName, "example.com", $"smtpd_milters = {filter.Address}", "smtpd_peername_lookup = no", "inet_interfaces = loopback-only", "inet_protocols = ipv4", "milter_macro_daemon_name = $myhostname");
        foreach (var message in messages)
        {
            var ours = await SendAsync(rig.Node.Smtp, message);
            var theirs = await SendAsync(new IPEndPoint(address, 25), message);
            Assert.Equal(theirs[..3], ours[..3]);
            if (theirs[0] != '2')
            {
                Assert.Equal(theirs, ours);
            }
        }

        Assert.NotEmpty(rig.Messages);
        await Eventually.HoldsAsync("as many messages in the mailbox", () => postfix.Mailbox().Count == rig.Messages.Count);
        var arrived = postfix.Mailbox().Select(Plain).Order(StringComparer.Ordinal).Zip(rig.Messages.Select(m => Plain(m.Replace("\r\n", "\n", StringComparison.Ordinal))).Order(StringComparer.Ordinal));
        Assert.All(arrived, pair => Assert.Equal(pair.First, pair.Second));
    }

    private static async Task<string> SendAsync(IPEndPoint server, string message)
    {
        await using var client = await RawClient.ConnectAsync(server, Samples.Stranger);
        return await client.DeliverAsync(message);
    }

    // Without the fields that the delivering programs add, and without random boundaries. Of a field that a filter fills with the time or the message's id, only the name.
    private static string Plain(string message) =>
        string.Concat(Regex.Split(Boundary().Replace(message, "boundary"), "(?<=\n)(?![ \t])").Where(f => !Trace().IsMatch(f)).Select(f => Changing().Match(f) is { Success: true } name ? name.Value + "\n" : f));

    [GeneratedRegex(@"-*=_[0-9A-F]+\.[0-9A-F]+")]
    private static partial Regex Boundary();

    [GeneratedRegex("^(Received|Return-Path|Delivered-To|X-Original-To):")]
    private static partial Regex Trace();

    [GeneratedRegex("^(X-Spamd-Result|X-Rspamd-[A-Za-z-]+|X-Spam-Checker-Version|X-Spam-Report):")]
    private static partial Regex Changing();
}
