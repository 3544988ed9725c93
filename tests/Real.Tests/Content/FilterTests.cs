namespace ThrottleNet.Real.Tests.Content;

/// <summary>Filters that others wrote: what they refuse is refused in the session, what they add arrives.</summary>
public sealed class FilterTests
{
    private const string Root = "root", Rspamd = "rspamd", Clamd = "clamd", ClamavMilter = "clamav-milter", OpenDkim = "opendkim", OpenDmarc = "opendmarc",
        SpamassMilter = "spamass-milter", Spamd = "spamd";

    [NeedsFact(Root, Rspamd, Clamd)]
    public async Task Rspamd_rejects_GTUBE_and_EICAR_and_marks_what_it_only_suspects()
    {
        using var folder = new TemporaryFolder();
        await using var clamd = await RealFilter.ClamdAsync(folder);
        await using var filter = await RealFilter.RspamdAsync(RealFilter.ClamdSocket(folder));
        await using var rig = await FilterRig.StartAsync([filter.Address]);

        Assert.StartsWith("554 5.7.1 Gtube pattern", await rig.SendAsync(Samples.Message(Samples.Gtube)), StringComparison.Ordinal);
        Assert.StartsWith("554 5.7.1 infected with Test.Eicar", await rig.SendAsync(Samples.Message(Samples.Eicar)), StringComparison.Ordinal);
        Assert.Empty(rig.Messages);

        Assert.StartsWith("250", await rig.SendAsync(Samples.Message("nothing special")), StringComparison.Ordinal);
        Assert.StartsWith("250", await rig.SendAsync(Samples.Message(Samples.GtubeMark)), StringComparison.Ordinal);
        Assert.Contains("\r\nX-Spamd-Result: default: False", rig.Messages[0], StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nX-Spam: ", rig.Messages[0], StringComparison.Ordinal);
        Assert.Contains("\r\nX-Spam: Yes\r\n", rig.Messages[1], StringComparison.Ordinal);
        Assert.EndsWith($"\r\n\r\n{Samples.GtubeMark}\r\n", rig.Messages[1], StringComparison.Ordinal);
        Assert.StartsWith("Received: ", rig.Messages[1], StringComparison.Ordinal);
        await rig.Node.StopAsync();
    }

    [NeedsFact(Root, Clamd, ClamavMilter)]
    public async Task Clamav_rejects_EICAR_and_marks_what_is_clean()
    {
        await using var filter = await RealFilter.ClamavAsync();
        await using var rig = await FilterRig.StartAsync([filter.Address]);

        Assert.StartsWith("550 5.7.1 infected with Test.Eicar", await rig.SendAsync(Samples.Message(Samples.Eicar)), StringComparison.Ordinal);
        Assert.Empty(rig.Messages);
        Assert.StartsWith("250", await rig.SendAsync(Samples.Message("nothing special")), StringComparison.Ordinal);
        Assert.Contains("\r\nX-Virus-Status: Clean\r\n", rig.Messages.Single(), StringComparison.Ordinal);
        await rig.Node.StopAsync();
    }

    [NeedsFact(Root, "unshare", OpenDkim)]
    public async Task Opendkim_signs_for_a_host_and_verifies_what_others_bring()
    {
        var key = new DkimKey();
        await using var filter = await RealFilter.OpenDkimAsync(key);
        await using var rig = await FilterRig.StartAsync([filter.Address]);
        var sender = $"ann@{DkimKey.Domain}";
        var message = Samples.Message("a body with a dot:\r\n..\r\nand Grüße", sender);

        Assert.StartsWith("250", await rig.SendAsync(message, sender, Samples.InternalHost), StringComparison.Ordinal);
        var signed = rig.Messages.Single();
        Assert.Contains("\r\nDKIM-Signature: v=1;", signed, StringComparison.Ordinal);
        Assert.Contains($"d={DkimKey.Domain};", signed, StringComparison.Ordinal);

        // What arrived is sent once more, by a stranger: the signature has to hold, and a changed body breaks it.
        var stuffed = signed.Replace("\r\n.", "\r\n..", StringComparison.Ordinal)[..^2];
        Assert.StartsWith("250", await rig.SendAsync(stuffed, sender), StringComparison.Ordinal);
        Assert.StartsWith("250", await rig.SendAsync(stuffed + "changed", sender), StringComparison.Ordinal);
        Assert.StartsWith("250", await rig.SendAsync(message, sender), StringComparison.Ordinal);
        Assert.Contains("dkim=pass", Results(rig.Messages[1]), StringComparison.Ordinal);
        Assert.Contains("dkim=fail", Results(rig.Messages[2]), StringComparison.Ordinal);
        Assert.Contains("dkim=none", Results(rig.Messages[3]), StringComparison.Ordinal);
        await rig.Node.StopAsync();
    }

    [NeedsFact(Root, "unshare", OpenDkim, OpenDmarc)]
    public async Task Opendmarc_rejects_by_policy_and_sees_what_opendkim_before_it_has_found()
    {
        var key = new DkimKey();
        await using var dkim = await RealFilter.OpenDkimAsync(key);
        await using var dmarc = await RealFilter.OpenDmarcAsync(key);
        await using var rig = await FilterRig.StartAsync([dkim.Address, dmarc.Address]);
        var sender = $"ann@{DkimKey.Domain}";

        Assert.StartsWith("550 5.7.1 rejected by DMARC policy", await rig.SendAsync(Samples.Message("forged", sender), "eve@elsewhere.test"), StringComparison.Ordinal);
        Assert.Empty(rig.Messages);

        Assert.StartsWith("250", await SignAsync(dkim, Samples.Message("hello", sender), sender, rig), StringComparison.Ordinal);
        Assert.Contains($"dmarc=pass (p=reject", rig.Messages[^1], StringComparison.Ordinal);
        await rig.Node.StopAsync();
    }

    [NeedsFact(Root, Spamd, SpamassMilter)]
    public async Task Spamass_milter_rejects_spam_and_replaces_the_body_of_what_it_suspects()
    {
        await using var filter = await RealFilter.SpamAssassinAsync();
        await using var rig = await FilterRig.StartAsync([filter.Address]);

        Assert.StartsWith("550 5.7.1", await rig.SendAsync(Samples.Message("this is a lot of spam")), StringComparison.Ordinal);
        Assert.Empty(rig.Messages);
        Assert.StartsWith("250", await rig.SendAsync(Samples.Message("this is a little spam")), StringComparison.Ordinal);
        var marked = rig.Messages.Single();
        Assert.Contains("\r\nX-Spam-Flag: YES\r\n", marked, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: multipart/mixed;", marked, StringComparison.Ordinal);
        Assert.Contains("Spam of a test", marked, StringComparison.Ordinal);
        Assert.Contains("\r\nthis is a little spam\r\n", marked, StringComparison.Ordinal);
        Assert.DoesNotMatch("[^\r]\n", marked);
        await rig.Node.StopAsync();
    }

    // Signed by the first filter alone, in a node of its own, then sent to the node of the test by a stranger.
    private static async Task<string> SignAsync(RealFilter dkim, string message, string sender, FilterRig rig)
    {
        await using var signer = await FilterRig.StartAsync([dkim.Address]);
        Assert.StartsWith("250", await signer.SendAsync(message, sender, Samples.InternalHost), StringComparison.Ordinal);
        return await rig.SendAsync(signer.Messages.Single()[..^2], sender);
    }

    private static string Results(string message) => message[message.IndexOf("Authentication-Results: ", StringComparison.Ordinal)..].Split("\r\n\r\n")[0];
}
