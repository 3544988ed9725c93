namespace ThrottleNet.MxNode.Cluster;

/// <summary>What other nodes of the cluster counted of a host since attempts of it wait here. Accessed only from the loop.</summary>
internal sealed class HostTally
{
    public float Units { get; set; }

    /// <summary>Attempts of the host that are not decided.</summary>
    public int Waiting { get; set; }
}
