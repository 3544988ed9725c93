namespace ThrottleNet.MxNode.Trust;

/// <summary>A command did nothing. The message gives the reason to the user of the command.</summary>
internal sealed class TrustRefusalException(string message) : Exception(message);
