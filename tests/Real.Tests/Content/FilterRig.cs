using System.Text;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Content;

/// <summary>A node with filters, and a next hop that keeps its messages.</summary>
internal sealed class FilterRig : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    private FilterRig()
    {
    }

    public ScriptedHop Hop { get; } = new();

    public NodeProcess Node { get; private set; } = null!;

    /// <summary>The messages that the next hop has taken, header sections and bodies, as Latin-1.</summary>
    public IReadOnlyList<string> Messages => [.. Hop.Messages.Select(m => Encoding.Latin1.GetString(m.Content))];

    /// <param name="filters">As in Content:Milters.</param>
    /// <param name="settings">Section:Key=Value, as for --set.</param>
    public static async Task<FilterRig> StartAsync(IEnumerable<string> filters, params string[] settings)
    {
        var rig = new FilterRig();
        rig.Node = await NodeProcess.StartAsync(rig._folder, [$"Relay:Routes:example.com={rig.Hop.EndPoint}", $"Content:Milters={string.Join(',', filters)}", "Relay:Authentication=Off", .. settings]);
        return rig;
    }

    /// <summary>Sends one message in a session of its own; the last line of the answer to its final dot, or of the first refusal.</summary>
    public async Task<string> SendAsync(string message, string sender = "alice@client.test", string from = Samples.Stranger)
    {
        await using var client = await RawClient.ConnectAsync(Node.Smtp, from);
        var answer = await client.DeliverAsync(message, sender: sender);
        return answer.Split('\n')[^1];
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await Hop.DisposeAsync();
        _folder.Dispose();
    }
}
