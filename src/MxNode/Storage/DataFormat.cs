using System.Globalization;
using System.Text;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Storage;

/// <summary>
/// The version of all files in a data directory, in its file <c>format</c>: one line, <c>throttlenet-data N</c>. It rises when a program writes a file that an
/// earlier program would misread. A directory without the file is from before the first version; this program reads it.
/// </summary>
internal static class DataFormat
{
    /// <summary>The version that this program writes. It reads this one and all before it.</summary>
    public const int Version = 1;

    /// <summary>The file's name.</summary>
    public const string FileName = "format";

    private const string Mark = "throttlenet-data ";

    /// <exception cref="StartException">A newer program wrote the directory, or the file is not readable.</exception>
    public static void Expect(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return;
        }

        if (Read(path) is not { } version)
        {
            throw new StartException($"Node:DataDirectory: {path} does not hold \"{Mark}N\"; restore it from a copy, or delete it if this program wrote all files beside it");
        }

        if (version > Version)
        {
            throw new StartException($"Node:DataDirectory: {directory} was written by a newer program (format {version}, this one reads up to {Version}); start that program, or name another folder");
        }
    }

    /// <summary>Marks a directory with this program's version.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public static void Stamp(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path) || Read(path) != Version)
        {
            AtomicFile.Write(path, file => file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Mark}{Version}\n"))));
        }
    }

    private static int? Read(string path)
    {
        try
        {
            var text = File.ReadAllText(path).TrimEnd();
            return text.StartsWith(Mark, StringComparison.Ordinal) && int.TryParse(text.AsSpan(Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"Node:DataDirectory: {path} cannot be read ({e.Message.TrimEnd('.')}); give it to the node's user", e);
        }
    }
}
