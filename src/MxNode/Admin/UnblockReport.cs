using System.Diagnostics.CodeAnalysis;
using System.Net;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Admin;

/// <summary>What was done for a host that an operator unblocked; the answer of /api/unblock/ADDRESS.</summary>
/// <param name="Block">Its block: the address, or its IPv6 /64.</param>
/// <param name="WasDropped">A guard's firewall dropped its connections.</param>
/// <param name="WasRefused">The relay refused its connections.</param>
internal sealed record UnblockReport(string Block, bool WasDropped, bool WasRefused)
{
    /// <summary>Reads the address of the host to unblock; the error says how to write one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out IPAddress? address, [NotNullWhen(false)] out string? error)
    {
        error = IPAddress.TryParse(text, out address) ? null : $"\"{text}\" is not an address; write one like 192.0.2.7 or 2001:db8::7";
        return error is null;
    }

    public static UnblockReport Of(UnblockedHost host) => new(host.Block.ToString(), host.WasDropped, host.WasRefused);
}
