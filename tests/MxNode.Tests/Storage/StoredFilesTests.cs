using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Tests.Inbound;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Tests.Storage;

/// <summary>
/// A data directory as a program of format 1 has written it (folder Version1), on 1 January 2026: one recipient of 127.0.0.3, a signed enrolment of
/// 192.0.2.7, the domain example.com, a node that was evicted, and the key of the help page. The queue's format is tested in QueueFormatTests, the drop set's and the epoch's in
/// DataFormatTests, that of MTA-STS policies in MtaStsTableTests, that of evicted nodes in EvictionTests.
/// </summary>
public sealed class StoredFilesTests : IDisposable
{
    private const string Root = "dd15147240761ac6c4a823efe05360cffc28e16c";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_node_starts_with_all_that_a_program_of_format_1_has_stored()
    {
        Copy();
        await using var rig = await StartAsync();
        var services = rig.Node.Services;
        Assert.Equal(1, services.GetRequiredService<NodeThrottle>().Describe(IpBlock.Of(IPAddress.Parse("127.0.0.3"))).Counts.Own, 0.1);
        Assert.True(services.GetRequiredService<ServedDomains>().Contains("example.com"));
        await Eventually.HoldsAsync("the trusted list", () => services.GetRequiredService<TrustKeeper>().List.Rows.Any(row => row.Subject.ToString() == "192.0.2.7/32"));
        Assert.Equal(File.ReadAllBytes(Stored("help.key")), File.ReadAllBytes(_folder.File("help.key")));
        Assert.DoesNotContain(rig.Log.Lines, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning && line.Message.Contains(_folder.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_newer_program_s_files_stay_as_they_are()
    {
        Copy();
        _folder.Write("format", "throttlenet-data 2\n");
        var before = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
        var refused = await Assert.ThrowsAsync<StartException>(StartAsync);
        Assert.Contains("was written by a newer program (format 2, this one reads up to 1)", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes));
    }

    private static string Stored(string name) => Path.Combine(AppContext.BaseDirectory, "Storage", "Version1", name);

    private void Copy()
    {
        foreach (var file in Directory.GetFiles(Stored(""), "*", SearchOption.AllDirectories))
        {
            var target = _folder.File(Path.GetRelativePath(Stored(""), file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private Task<InboundRig> StartAsync() => InboundRig.StartAsync(Configure);

    private NodeConfiguration Configure(NodeConfiguration usual) => usual with
    {
        Node = usual.Node with { DataDirectory = _folder.Path },
        Smtp = usual.Smtp with { HelpListen = [new(IPAddress.Loopback, 0)], HelpUrl = "http://a.node.test/?address={address}&id={id}" },
        Trust = new() { Roots = [Root] },
    };
}
