using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Pki;

/// <summary>Certificates and keys as PEM files. Only its owner can read a key's file, from its first octet on.</summary>
internal static class PemFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <exception cref="IOException">The file exists.</exception>
    public static void WriteNewKey(string path, AsymmetricAlgorithm key)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        using var writer = new StreamWriter(file);
        writer.WriteLine(key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Writes or replaces a certificate's file: readers see the old content or the new one, never a part.</summary>
    public static void WriteCertificate(string path, X509Certificate2 certificate) =>
        AtomicFile.Write(path, file => file.Write(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n")));

    public static ECDsa ReadKey(string path)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(path));
        return key;
    }

    /// <summary>
    /// Names files, with a digest of each one's content: another text when one of them was replaced, or others are named. File times would not do: a copy may
    /// keep the time of its source. An unreadable file stands there with its fault.
    /// </summary>
    public static string StampOf(params string[] files) => string.Join('\n', files.Select(file => $"{file} {DigestOf(file)}"));

    /// <summary>Whether users other than its owner may read or write a file.</summary>
    public static bool IsOpenToOthers(string path) => (File.GetUnixFileMode(path) & Others) != 0;

    private static string DigestOf(string file)
    {
        try
        {
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
