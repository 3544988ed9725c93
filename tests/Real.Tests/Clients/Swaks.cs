using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Clients;

/// <summary>swaks, the SMTP user's Swiss army knife.</summary>
internal static class Swaks
{
    /// <summary>Sends a message from friend@people.test to someone@sink.test, unless the options say otherwise.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="options">Options of swaks, separated by blanks.</param>
    public static Task<ProcessResult> SendAsync(IPEndPoint server, string options) => Tool.RunAsync(
        "swaks",
        [
            "--server", $"{server.Address}", "--port", server.Port.ToString(CultureInfo.InvariantCulture),
            "--from", "friend@people.test", "--to", "someone@sink.test", "--helo", "pc.people.test",
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ],
        input: null);
}
