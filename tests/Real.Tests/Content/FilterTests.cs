namespace ThrottleNet.Real.Tests.Content;

/// <summary>Independent filters: their refusals are replies in the session, and their header fields arrive.</summary>
public sealed class FilterTests
{
    private const string Root = "root", Rspamd = "rspamd", Clamd = "clamd", ClamavMilter = "clamav-milter", OpenDkim = "opendkim", OpenDmarc = "opendmarc",
        SpamassMilter = "spamass-milter", Spamd = "spamd";

    [NeedsFact(Root, Rspamd, Clamd)]
    public async Task Rspamd_rejects_GTUBE_and_EICAR_and_marks_suspected_spam()
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
    public async Task Clamav_rejects_EICAR_and_marks_clean_mail()
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
    public async Task Opendkim_signs_mail_of_its_host_and_verifies_mail_of_others()
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

        // The delivered message is sent again by another host: its signature must verify, and fail with a changed body.
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
    public async Task Opendmarc_rejects_by_policy_and_sees_the_result_of_opendkim_before_it()
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
    public async Task Spamass_milter_rejects_spam_and_replaces_the_body_of_suspected_spam()
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

    // Signed by the first filter alone at another node, then sent to the node under test by another host.
    private static async Task<string> SignAsync(RealFilter dkim, string message, string sender, FilterRig rig)
    {
        await using var signer = await FilterRig.StartAsync([dkim.Address]);
        Assert.StartsWith("250", await signer.SendAsync(message, sender, Samples.InternalHost), StringComparison.Ordinal);
        return await rig.SendAsync(signer.Messages.Single()[..^2], sender);
    }

    private static string Results(string message) => message[message.IndexOf("Authentication-Results: ", StringComparison.Ordinal)..].Split("\r\n\r\n")[0];
}
