using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// A file of the queue's log: a header of 24 octets (magic text of 8, version 4, salt 4, CRC-32C of these 4, 4 zeros), then records.
/// Its name is <c>NUMBER-RUN.queue</c>. The files of one run are read in the order of their numbers.
/// </summary>
internal sealed class Segment(string path, long number, long run, uint salt)
{
    public const int HeaderLength = 24;

    private volatile bool _isOpen;

    /// <summary>The version of the format that this program writes. It reads this one and all before it.</summary>
    public const int Version = 1;

    public const string Extension = ".queue";

    private const int Summed = 16;

    private static ReadOnlySpan<byte> Magic => "TNQUEUE\n"u8;

    public string Path => path;

    public long Number => number;

    public long Run => run;

    public uint Salt => salt;

    /// <summary>Octets of the file, header included.</summary>
    public long Length { get; set; } = HeaderLength;

    /// <summary>The log writes to this file.</summary>
    public bool IsOpen
    {
        get => _isOpen;
        set => _isOpen = value;
    }

    /// <summary>Messages that the queue still has in this file. Needs the queue's lock.</summary>
    public int Live { get; set; }

    /// <summary>Octets of the records of <see cref="Live"/>. Needs the queue's lock.</summary>
    public long LiveOctets { get; set; }

    /// <summary>A segment that is not yet on disk.</summary>
    public static Segment Create(string folder, long number, long run)
    {
        Span<byte> salt = stackalloc byte[sizeof(uint)];
        RandomNumberGenerator.Fill(salt);
        var name = string.Create(CultureInfo.InvariantCulture, $"{number:D10}-{run.ToString("x12", CultureInfo.InvariantCulture)}{Extension}");
        return new Segment(System.IO.Path.Combine(folder, name), number, run, BinaryPrimitives.ReadUInt32LittleEndian(salt));
    }

    /// <summary>Reads number and run from a file's name. False: the name is none of a segment.</summary>
    public static bool TryParseName(string path, out long number, out long run)
    {
        run = 0;
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return long.TryParse(name.AsSpan(0, Math.Max(dash, 0)), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && long.TryParse(name.AsSpan(dash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out run);
    }

    public void WriteHeader(Span<byte> header)
    {
        header[..HeaderLength].Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], salt);
        BinaryPrimitives.WriteUInt32LittleEndian(header[Summed..], RecordFrame.Sum(0, header[..Summed]));
    }

    /// <summary>Reads a header. False: the file has none, because its node was killed when it had just made the file, or it is damaged.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out int version, out uint salt)
    {
        (version, salt) = (0, 0);
        if (header.Length < HeaderLength || !header.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(header[Summed..]) != RecordFrame.Sum(0, header[..Summed]))
        {
            return false;
        }

        version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        salt = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        return true;
    }
}
