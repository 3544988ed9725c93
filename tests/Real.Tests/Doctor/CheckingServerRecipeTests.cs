using System.Net;
using ThrottleNet.Real.Tests.Guard;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Doctor;

/// <summary>
/// The lines of docs/domain-owner.md for Postfix, and those by which policyd-spf and SpamAssassin trust what relays say, run by the programs themselves. Those for
/// opendmarc and rspamd are run by the tests of real destinations.
/// </summary>
public sealed class CheckingServerRecipeTests
{
    private const string Document = "docs/domain-owner.md", Unknown = "takes mail from unknown hosts through";
    private const string Relay = "192.0.2.10", OtherHost = "192.0.2.99";

    // As a mail server gets it from a relay and hands it to its filter.
    private const string Message = $"""
        Received: from a.throttle-mx.example.net (a.throttle-mx.example.net [{Relay}])
        	by mail.example.com (Postfix) with ESMTPS id 4F0000000
        	for <someone@example.com>; Sat, 28 Nov 2026 12:00:01 +0000
        Authentication-Results: throttle-mx.example.net;
        	spf=pass smtp.mailfrom=people.test;
        	dkim=none
        Received: from client.people.test (unknown [198.51.100.7])
        	by a.throttle-mx.example.net (ThrottleNet) with ESMTPS id 1
        	for <someone@example.com>; Sat, 28 Nov 2026 12:00:00 +0000
        From: ann@people.test
        Subject: hello

        hello

        """;

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, RecipeWorld.Client, "postfix", "nc")]
    public async Task Postfix_judges_the_client_that_a_relay_names()
    {
        await using var world = await RecipeWorld.StartAsync();
        var line = InstallDocument.Blocks(Document, "## Let your mail server see the sender", "")[0].Trim().Replace(Relay, world.Trusted.Address.ToString(), StringComparison.Ordinal);
        await using var server = await StartAsync(world, line, "smtpd_client_restrictions = check_client_access inline:{198.51.100.7=REJECT}");
        string[] named = ["--xclient-addr", "198.51.100.7"];
        Assert.StartsWith("250", await world.TalkAsync(world.Trusted), StringComparison.Ordinal);
        Assert.StartsWith("554", await world.TalkAsync(world.Trusted, more: named), StringComparison.Ordinal);
        Assert.StartsWith("250", await world.TalkAsync(world.Stranger, more: ["--xclient-optional", .. named]), StringComparison.Ordinal);
    }

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, RecipeWorld.Client, "postfix", "nc")]
    public async Task Postfix_defers_whom_the_guard_does_not_know()
    {
        await using var world = await RecipeWorld.StartAsync();
        var line = InstallDocument.Blocks(Document, "## Guard your mail server", "")[0].Trim();
        await using var server = await StartAsync(world, line);
        Assert.StartsWith("250", await world.TalkAsync(world.Trusted), StringComparison.Ordinal);
        var deferred = await world.TalkAsync(world.Stranger);
        Assert.StartsWith("450 4.7.1", deferred, StringComparison.Ordinal);
        Assert.Contains(Unknown, deferred, StringComparison.Ordinal);
    }

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, RecipeWorld.Client, "postfix", "nc")]
    public async Task Postfix_without_a_guard_takes_mail_from_the_hosts_of_the_list()
    {
        await using var world = await RecipeWorld.StartAsync();
        var permit = OwnerDocument.Span("permit_dnswl_client").Replace("list.throttle-mx.example.net", "list.relays.example.net", StringComparison.Ordinal);
        await using var server = await StartAsync(world, $"smtpd_recipient_restrictions = reject_unauth_destination, {permit}, defer");
        Assert.StartsWith("250", await world.TalkAsync(world.Trusted), StringComparison.Ordinal);
        Assert.StartsWith("450", await world.TalkAsync(world.Stranger), StringComparison.Ordinal);
    }

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, "policyd-spf")]
    public async Task Policyd_spf_does_not_check_a_relay()
    {
        await using var world = await RecipeWorld.StartAsync();
        var configuration = world.Folder.Write("policyd-spf.conf", $"{Assert.Single(OwnerDocument.Row("policyd-spf"))}\nLookup_Time = 5\n");
        Assert.Contains("SPF skipped for whitelisted relay", await AskAsync(Relay), StringComparison.Ordinal);
        Assert.DoesNotContain("whitelisted", await AskAsync(OtherHost), StringComparison.Ordinal);

        async Task<string> AskAsync(string client) => (await Tool.RunAsync(
            "policyd-spf",
            [configuration],
            $"request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address={client}\nclient_name=unknown\nhelo_name=client.test\nsender=ann@people.test\nrecipient=someone@example.com\ninstance={client}\n\n",
            world.Server)).Expect(0).Output;
    }

    [NeedsFact("spamassassin")]
    public async Task SpamAssassin_takes_the_results_of_the_network_and_no_others()
    {
        using var folder = new TemporaryFolder();
        folder.Make("site");
        folder.Make("rules");
        var networks = InstallDocument.Blocks(Document, "## Let your mail server see the sender", "")[^1];
        folder.Write("site/local.cf", $"{networks}{OwnerDocument.Row("SpamAssassin")[0]}\nadd_header all Tests _TESTS_\n");
        folder.Write("site/init.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\nloadplugin Mail::SpamAssassin::Plugin::AuthRes\n");
        folder.Write("rules/results.cf", "header SPF_PASSED eval:check_authres_result('spf', 'pass')\nbody HELLO /hello/\nutil_rb_tld com net test\n");
        string[] options = ["--siteconfigpath", folder.File("site"), "--configpath", folder.File("rules"), "--prefspath", folder.Write("user_prefs", ""), "--local"];
        (await Tool.RunAsync("spamassassin", ["--lint", .. options])).Expect(0);
        Assert.Contains("SPF_PASSED", await TestsAsync(Message), StringComparison.Ordinal);
        Assert.DoesNotContain("SPF_PASSED", await TestsAsync(Message.Replace("Authentication-Results: throttle-mx", "Authentication-Results: other", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("SPF_PASSED", await TestsAsync(Message.Replace(Relay, OtherHost, StringComparison.Ordinal)), StringComparison.Ordinal);

        async Task<string> TestsAsync(string message) => (await Tool.RunAsync("spamassassin", options, message)).Expect(0).Output.Split('\n').First(l => l.StartsWith("X-Spam-Tests: ", StringComparison.Ordinal));
    }

    private static async Task<PostfixInstance> StartAsync(RecipeWorld world, params string[] lines)
    {
        var server = await PostfixInstance.StartDestinationAsync(world.Server, "mail.example.com", "@dest.test", IPAddress.None, guard: null, lines);
        await Eventually.HoldsAsync("port 25", async () => (await Tool.RunAsync("nc", ["-z", world.Server.Address.ToString(), "25"], host: world.Server)).ExitCode == 0);
        return server;
    }
}
