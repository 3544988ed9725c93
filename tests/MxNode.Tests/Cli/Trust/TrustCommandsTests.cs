using System.CommandLine;
using System.Text.Json;
using ThrottleNet.MxNode.Cli;
using ThrottleNet.MxNode.Cli.Trust;
using ThrottleNet.MxNode.Tests.Trust;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Tests.Cli.Trust;

public sealed class TrustCommandsTests : IDisposable
{
    private const string Particulars = "--kind list-host --organisation Example --contact postmaster@example.org";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly FakeDns _dns = new();
    private TrustOptions _options = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_root_enrols_suspends_renews_and_revokes_a_host()
    {
        await MakeRootAsync();
        _dns.HostBothWays("lists.example.org", "192.0.2.10");

        Assert.DoesNotContain("warning", await DoneAsync($"enrol 192.0.2.10 {Particulars} --rate 500 --expires 90d"), StringComparison.Ordinal);
        Assert.Contains("192.0.2.10/32            trusted   list-host     Example <postmaster@example.org>, 500/h, until 2026-04-01", await DoneAsync("list"), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromDays(1));
        await DoneAsync("suspend 192.0.2.10 --reason complaints");
        Assert.Contains("suspended complaints", await FailedAsync("show 192.0.2.10"), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromDays(1));
        await DoneAsync("renew 192.0.2.10 --expires 2027-06-01");
        Assert.Contains("500/h, until 2027-06-01", await DoneAsync("show 192.0.2.10"), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromDays(1));
        await DoneAsync("revoke 192.0.2.10 --reason closed");
        Assert.Contains("was revoked on 2026-01-04 (closed); to trust it again, enrol it anew", await FailedAsync("renew 192.0.2.10"), StringComparison.Ordinal);
        Assert.Contains("revoked already, since 2026-01-04: closed", await FailedAsync("revoke 192.0.2.10 --reason again"), StringComparison.Ordinal);
        Assert.Contains("4 statements", await DoneAsync("verify"), StringComparison.Ordinal);
        Assert.Equal(4, (await DoneAsync("log")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Refusals_say_why_and_write_nothing()
    {
        Assert.Contains("make one with 'trust key new'", await FailedAsync($"enrol 192.0.2.10 {Particulars}"), StringComparison.Ordinal);
        await MakeRootAsync();
        await DoneAsync($"enrol 192.0.2.0/24 {Particulars}");

        Assert.Contains("host bits set below /24; the network is 192.0.3.0/24", await FailedAsync($"enrol 192.0.3.1/24 {Particulars}"), StringComparison.Ordinal);
        Assert.Contains("too wide", await FailedAsync($"enrol 0.0.0.0/0 {Particulars}"), StringComparison.Ordinal);
        Assert.Contains("on the list until 2027-01-01; change it with 'trust renew'", await FailedAsync($"enrol 192.0.2.0/24 {Particulars}"), StringComparison.Ordinal);
        Assert.Contains("192.0.2.128/25 overlaps 192.0.2.0/24 (trusted, Example); add --anyway", await FailedAsync($"enrol 192.0.2.128/25 {Particulars}"), StringComparison.Ordinal);
        Assert.Contains("not on the list", await FailedAsync("renew 198.51.100.0/24"), StringComparison.Ordinal);
        Assert.Contains("suspend needs reason", await FailedAsync("suspend 192.0.2.0/24"), StringComparison.Ordinal);
        foreach (var doubtful in new[] { $"46.0.0.0/8 {Particulars}", $"10.0.0.7 {Particulars}", "198.51.100.0/24 --kind list-host --organisation Example --contact somebody" })
        {
            Assert.EndsWith("; add --yes if that is meant\n", await FailedAsync($"enrol {doubtful}"), StringComparison.Ordinal);
            await DoneAsync($"enrol {doubtful} --yes --dry-run");
        }

        Assert.Contains("expires must be after issued", await FailedAsync($"enrol 198.51.100.0/24 {Particulars} --expires 2020-01-01"), StringComparison.Ordinal);
        Assert.Contains("is not a time; write it as 90d", await FailedAsync($"enrol 198.51.100.0/24 {Particulars} --expires soon"), StringComparison.Ordinal);
        Assert.Contains("exists; statements signed with it", await FailedAsync("key new"), StringComparison.Ordinal);
        Assert.Contains("1 statement", await DoneAsync("verify"), StringComparison.Ordinal);
        await DoneAsync($"enrol 192.0.2.128/25 {Particulars} --anyway");
    }

    [Fact]
    public async Task A_delegate_enrols_within_its_bounds_only()
    {
        await MakeRootAsync();
        var isp = await KeyAsync("isp.pem");
        Assert.Contains("is not a root and has no delegation", await FailedAsync($"enrol 198.51.100.7 {Particulars} --key {isp.Path}"), StringComparison.Ordinal);
        await DoneAsync($"delegate 198.51.0.0/16 --to {isp.Id} --organisation ISP --contact noc@isp.example --hosts 2 --rate 50 --expires 30d");

        Assert.Contains("your delegation bounds it: 198.51.0.0/16, hosts used: 0 of 2", await DoneAsync($"enrol 198.51.100.7 {Particulars} --key {isp.Path}"), StringComparison.Ordinal);
        Assert.Contains("192.0.2.1/32 is outside your delegation: 198.51.0.0/16, hosts used: 1 of 2, 50 an hour, until 2026-01-31", await FailedAsync($"enrol 192.0.2.1 {Particulars} --key {isp.Path}"), StringComparison.Ordinal);
        Assert.Contains("no room for 2 more hosts", await FailedAsync($"enrol 198.51.100.8/31 {Particulars} --key {isp.Path}"), StringComparison.Ordinal);
        Assert.Contains("only a root may delegate", await FailedAsync($"delegate 198.51.100.0/24 --to {isp.Id} --organisation x --contact y --hosts 1 --key {isp.Path}"), StringComparison.Ordinal);
        await DoneAsync("revoke 198.51.100.9 --reason spam");
        Assert.Contains("only a root can trust it again", await FailedAsync($"enrol 198.51.100.9 {Particulars} --key {isp.Path}"), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromDays(31));
        Assert.Contains("your delegation for 198.51.0.0/16 expired on 2026-01-31", await FailedAsync($"enrol 198.51.100.8 {Particulars} --key {isp.Path}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Taking_a_delegation_back_untrusts_its_hosts()
    {
        await MakeRootAsync();
        var isp = await KeyAsync("isp.pem");
        await DoneAsync($"delegate 198.51.0.0/16 --to {isp.Id} --organisation ISP --contact noc@isp.example --hosts 2");
        await DoneAsync($"enrol 198.51.100.7 {Particulars} --key {isp.Path}");
        await DoneAsync("show 198.51.100.7");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await DoneAsync($"revoke 198.51.0.0/16 --from {isp.Id} --reason key-lost");

        await FailedAsync("show 198.51.100.7");
        Assert.Contains("no effect (its signer may not decide about this subject)", await DoneAsync("list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subject_that_the_DNS_does_not_confirm_is_reported()
    {
        await MakeRootAsync();
        _dns.HostBothWays("dsl-192-0-2-11.pool.example.net", "192.0.2.11").Reverse("192.0.2.12", "forged.example.org").HostBothWays("lists.example.org", "192.0.2.13", reverse: "other.example.org");

        Assert.Contains("warning: 192.0.2.10 has no reverse name", await DoneAsync($"enrol 192.0.2.10 {Particulars}"), StringComparison.Ordinal);
        Assert.Contains("looks like a name of a customer pool", await DoneAsync($"enrol 192.0.2.11 {Particulars}"), StringComparison.Ordinal);
        Assert.Contains("does not lead back to 192.0.2.12", await DoneAsync($"enrol 192.0.2.12 {Particulars}"), StringComparison.Ordinal);
        Assert.Contains("no address of lists.example.org has it as its reverse name", await DoneAsync($"enrol Lists.Example.org. {Particulars}"), StringComparison.Ordinal);
        _dns.IsSilent = true;
        Assert.Contains("the DNS did not give the name of 192.0.2.14", await DoneAsync($"enrol 192.0.2.14 {Particulars}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_writes_nothing()
    {
        await MakeRootAsync();
        Assert.Contains("not written", await DoneAsync($"enrol 192.0.2.0/24 {Particulars} --dry-run"), StringComparison.Ordinal);
        Assert.Contains("there are no statements there yet", await DoneAsync("verify"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forged_line_is_named_and_blocks_its_author()
    {
        var root = await MakeRootAsync();
        await DoneAsync($"enrol 192.0.2.0/24 {Particulars}");
        await DoneAsync($"enrol 198.51.100.0/24 {Particulars}");
        var path = new TrustStore(TrustStore.FolderOf(_folder.Path), _clock).LogPath(root.Id);
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("192.0.2.0", "192.0.3.0", StringComparison.Ordinal));

        Assert.Contains("line 2: its signature is forged", await FailedAsync("verify"), StringComparison.Ordinal);
        Assert.Contains("is damaged, line 2: its signature is forged", await FailedAsync($"enrol 203.0.113.0/24 {Particulars}"), StringComparison.Ordinal);
        using var report = JsonDocument.Parse(await FailedAsync("verify --json"));
        Assert.False(report.RootElement[0].GetProperty("sound").GetBoolean());
    }

    [Fact]
    public async Task Programs_get_JSON()
    {
        await MakeRootAsync();
        using var said = JsonDocument.Parse(await DoneAsync($"enrol 192.0.2.0/24 {Particulars} --json"));
        Assert.True(said.RootElement.GetProperty("written").GetBoolean());
        Assert.Equal("192.0.2.0/24", said.RootElement.GetProperty("statement").GetProperty("subject").GetString());
        using var list = JsonDocument.Parse(await DoneAsync("list --json"));
        Assert.Equal("trusted", list.RootElement.GetProperty("rows")[0].GetProperty("standing").GetString());
        using var shown = JsonDocument.Parse(await DoneAsync("show 192.0.2.7 --json"));
        Assert.Equal("Example", shown.RootElement.GetProperty("rows")[0].GetProperty("organisation").GetString());
        using var log = JsonDocument.Parse(await DoneAsync("log --json"));
        Assert.Equal(1, log.RootElement[0].GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task The_export_holds_the_nodes_own_entries_and_confirmed_names_too()
    {
        await MakeRootAsync();
        _options = _options with { Entries = ["203.0.113.7"] };
        _dns.HostBothWays("lists.example.org", "2001:db8::7");
        await DoneAsync($"enrol 192.0.2.0/24 {Particulars}");
        await DoneAsync($"enrol lists.example.org {Particulars}");

        Assert.Equal("192.0.2.0/24\n203.0.113.7/32\n2001:db8::7/128\n", await DoneAsync("export text"));
        var file = Path.Combine(_folder.Path, "out.cidr");
        await DoneAsync($"export postfix --out {file}");
        Assert.EndsWith("192.0.2.0/24 permit\n203.0.113.7/32 permit\n2001:db8::7/128 permit\n", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_file_is_its_owners_alone()
    {
        var key = await MakeRootAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key.Path));
        Assert.Contains(key.Id, await DoneAsync("key show"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_roots_the_author_is_warned()
    {
        var key = await KeyAsync("key.pem");
        Assert.Contains("no roots are configured", await DoneAsync($"enrol 192.0.2.0/24 {Particulars} --key {key.Path}"), StringComparison.Ordinal);
    }

    private async Task<(string Id, string Path)> MakeRootAsync()
    {
        using var report = JsonDocument.Parse(await DoneAsync("key new --json"));
        var id = report.RootElement.GetProperty("id").GetString()!;
        _options = _options with { Roots = [id] };
        return (id, report.RootElement.GetProperty("path").GetString()!);
    }

    private async Task<(string Id, string Path)> KeyAsync(string name)
    {
        var path = Path.Combine(_folder.Path, name);
        using var report = JsonDocument.Parse(await DoneAsync($"key new --json --key {path}"));
        return (report.RootElement.GetProperty("id").GetString()!, path);
    }

    private Task<string> DoneAsync(string arguments) => RunAsync(arguments, CommandLine.Done);

    private Task<string> FailedAsync(string arguments) => RunAsync(arguments, CommandLine.Failed);

    private async Task<string> RunAsync(string arguments, int exit)
    {
        using var output = new StringWriter();
        var root = new RootCommand { TrustCommands.Create(_ => new TrustContext(_folder.Path, _options, _dns, _clock)) };
        var parsed = root.Parse($"trust {arguments}");
        Assert.Empty(parsed.Errors);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = output });
        Assert.True(code == exit, $"exit {code} from trust {arguments}: {output}");
        return output.ToString();
    }
}
