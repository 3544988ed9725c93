using System.Net;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Tests.Guard;

/// <summary>A failing nft, with a program of the test's in its place: the guard goes on, says so once, and makes the whole table again.</summary>
public sealed class DropSetKeeperTests : IDisposable
{
    private const int Dropped = 5021;
    private const int NftFailed = 5023;
    private const int TableMade = 5020;
    private const int TableGone = 5024;
    private static readonly IPAddress A = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress B = IPAddress.Parse("192.0.2.2");
    private static readonly GuardOptions Options = new() { DropSet = "test" };

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly CapturedLog _log = new();
    private readonly LoggerFactory _logging;
    private readonly NodeHealth _health;
    private readonly DropTable _table;
    private readonly DropSetKeeper _keeper;

    public DropSetKeeperTests()
    {
        _logging = new LoggerFactory([_log]);
        _health = new NodeHealth(_time, _logging.CreateLogger<NodeHealth>());
        _table = new DropTable(Options, new TrustedBlocks(new TrustBook(_time)), _time);
        _folder.Write("nft", $"""
            #!/bin/sh
            cd {_folder.Path}
            cat > script
            if [ -e fault ]; then cat fault >&2; exit 1; fi
            if grep -q '^list' script; then [ ! -e gone ] && cat kernel; exit; fi
            if grep -q 'chain input' script; then cp script kernel; rm -f gone; else cat script >> kernel; fi
            """);
        File.SetUnixFileMode(_folder.File("nft"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _keeper = new DropSetKeeper(
            Options, _table, new DropFile(_folder.Path), new Nft(_time, _folder.File("nft")), _health, new GuardLog(_logging.CreateLogger<GuardLog>()));
    }

    private string Kernel => File.Exists(_folder.File("kernel")) ? File.ReadAllText(_folder.File("kernel")) : "";

    public void Dispose()
    {
        _keeper.Dispose();
        _logging.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_failing_nft_is_one_line_shown_by_status_and_tried_until_the_table_is_whole_again()
    {
        await StartAsync();
        await FaultAsync("no permission\n");
        _table.Add(A);
        await UntilAsync("the failure", () => _log.Lines.Any(l => l.Event == NftFailed));
        Assert.Contains(_health.Faults, f => f is { Component: "guard drop set (nft)", Reason: "no permission" });

        _table.Add(B);
        await UntilAsync("more attempts", () => _time.GetUtcNow() - _failedFrom > TimeSpan.FromMinutes(2));
        Assert.Single(_log.Lines, l => l.Event == NftFailed);
        Assert.DoesNotContain("192.0.2", Kernel, StringComparison.Ordinal);

        File.Delete(_folder.File("fault"));
        await UntilAsync("the table", () => _log.Lines.Count(l => l.Event == TableMade) == 2);
        Assert.Contains("192.0.2.1", Kernel, StringComparison.Ordinal);
        Assert.Contains("192.0.2.2", Kernel, StringComparison.Ordinal);
        Assert.DoesNotContain(_health.Faults, f => f.Component.StartsWith("guard", StringComparison.Ordinal));
        await _keeper.StopAsync(default);
    }

    [Fact]
    public async Task A_program_that_cannot_be_started_is_a_failure_like_any_other()
    {
        await StartAsync();
        File.Move(_folder.File("nft"), _folder.File("away"));
        _table.Add(A);
        await UntilAsync("the failure", () => _log.Lines.Any(l => l.Event == NftFailed));
        File.Move(_folder.File("away"), _folder.File("nft"));
        await UntilAsync("the table", () => _log.Lines.Count(l => l.Event == TableMade) == 2);
        Assert.Contains("192.0.2.1", Kernel, StringComparison.Ordinal);
        await _keeper.StopAsync(default);
    }

    [Fact]
    public async Task A_table_that_another_program_removed_is_made_again()
    {
        await StartAsync();
        _table.Add(A);
        await UntilAsync("the drop", () => _log.Lines.Any(l => l.Event == Dropped));
        _folder.Write("gone", "");
        await UntilAsync("the notice", () => _log.Lines.Any(l => l.Event == TableGone));
        await UntilAsync("the table", () => _log.Lines.Count(l => l.Event == TableMade) == 2);
        Assert.Contains("192.0.2.1", Kernel, StringComparison.Ordinal);
        await _keeper.StopAsync(default);
    }

    [Fact]
    public async Task At_the_start_a_failing_nft_is_an_error_that_says_what_to_do()
    {
        await FaultAsync("no permission\n");
        var error = await Assert.ThrowsAsync<StartException>(() => _keeper.StartAsync(default));
        Assert.Contains("CAP_NET_ADMIN", error.Message, StringComparison.Ordinal);
    }

    private DateTimeOffset _failedFrom;

    private async Task StartAsync()
    {
        await _keeper.StartAsync(default);
        await _time.UntilWaitingAsync();
    }

    private async Task FaultAsync(string text)
    {
        _failedFrom = _time.GetUtcNow();
        await File.WriteAllTextAsync(_folder.File("fault"), text);
    }

    // The program is a real process, so the keeper needs real time between the seconds of its clock.
    private Task UntilAsync(string what, Func<bool> condition) => Eventually.HoldsAsync(what, () =>
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });
}
