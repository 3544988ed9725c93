using System.Net.Sockets;

namespace ThrottleNet.MxNode.Listening;

/// <summary>The stream of a connected socket that this node opened. It owns the socket, and gives the socket's descriptor back to the <see cref="DescriptorBudget"/> with it.</summary>
internal sealed class DescriptorStream(Socket socket, OutgoingDescriptor descriptor) : NetworkStream(socket, ownsSocket: true)
{
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        descriptor.Dispose();
    }
}
