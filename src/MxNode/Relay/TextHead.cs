using System.Buffers;

namespace ThrottleNet.MxNode.Relay;

/// <summary>The beginning of a text, lent until it is disposed of.</summary>
internal readonly struct TextHead(byte[] octets, int length, bool isRented) : IDisposable
{
    public ReadOnlyMemory<byte> Octets => octets.AsMemory(0, length);

    public void Dispose()
    {
        if (isRented)
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }
}
