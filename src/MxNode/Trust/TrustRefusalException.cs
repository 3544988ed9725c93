namespace ThrottleNet.MxNode.Trust;

/// <summary>A command did nothing. The message tells its user why.</summary>
internal sealed class TrustRefusalException(string message) : Exception(message);
