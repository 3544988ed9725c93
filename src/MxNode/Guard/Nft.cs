using System.ComponentModel;
using System.Diagnostics;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Runs the nft program (nftables) with a script on its standard input.</summary>
/// <param name="time">Measures how long it takes.</param>
/// <param name="program">Its path; null: where it is usually installed.</param>
internal sealed class Nft(TimeProvider time, string? program = null)
{
    /// <summary>How long nft may take. A change of thousands of elements takes some hundred milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // ENOENT of errno(3).
    private const int NoSuchFile = 2;

    // The PATH of daemons often lacks the administrator's folders.
    private static readonly string[] Places = ["/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft"];

    /// <param name="script">The commands.</param>
    /// <param name="isTrial">nft checks the script, and changes nothing.</param>
    /// <returns>Its output on success; on failure the reason in one line.</returns>
    public async Task<(string? Output, string? Error)> RunAsync(string script, bool isTrial = false)
    {
        var start = new ProcessStartInfo(program ?? Array.Find(Places, File.Exists) ?? "nft", isTrial ? ["-c", "-f", "-"] : ["-f", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = new Process { StartInfo = start };
        using var deadline = new CancellationTokenSource(Patience, time);
        try
        {
            process.Start();
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.StandardInput.WriteAsync(script.AsMemory(), deadline.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(deadline.Token);
            return process.ExitCode == 0 ? (await output, null) : (null, FirstLine(await error, process.ExitCode));
        }
        catch (Win32Exception e)
        {
            return (null, e.NativeErrorCode == NoSuchFile ? "there is no nft program" : $"nft cannot be started: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            return (null, "nft did not end in time");
        }
        catch (IOException)
        {
            return (null, "nft ended before it had read all");
        }
    }

    private static string FirstLine(string error, int code) =>
        error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var first, ..] ? first : $"nft ended with {code}";
}
