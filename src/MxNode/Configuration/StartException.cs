namespace ThrottleNet.MxNode.Configuration;

/// <summary>The node cannot start; the message is the one line its operator reads.</summary>
internal sealed class StartException(string message, Exception? cause = null) : Exception(message, cause);
