using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ThrottleNet.Protocol.Milter;

/// <summary>Gathers the data of one packet: four octets of length (big-endian, the command included), the command, the data.</summary>
internal sealed class MilterWriter
{
    private readonly ArrayBufferWriter<byte> _data = new(256);

    public MilterWriter Number(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_data.GetSpan(sizeof(uint)), value);
        _data.Advance(sizeof(uint));
        return this;
    }

    public MilterWriter Short(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_data.GetSpan(sizeof(ushort)), value);
        _data.Advance(sizeof(ushort));
        return this;
    }

    public MilterWriter Octet(char value)
    {
        _data.Write([(byte)value]);
        return this;
    }

    /// <summary>A string that NUL ends; NULs within it are left out, as the filter would see nothing behind them.</summary>
    public MilterWriter Text(string value) => Text(Encoding.UTF8.GetBytes(value));

    /// <summary>The same of octets; more than the rest of <see cref="MilterLimits.Chunk"/> are cut off, as libmilter takes no more.</summary>
    public MilterWriter Text(ReadOnlySpan<byte> value)
    {
        var room = MilterLimits.Chunk - _data.WrittenCount - 1;
        if (value.Length > room)
        {
            value = value[..Math.Max(room, 0)];
        }

        for (var nul = value.IndexOf((byte)0); nul >= 0; nul = value.IndexOf((byte)0))
        {
            _data.Write(value[..nul]);
            value = value[(nul + 1)..];
        }

        _data.Write(value);
        _data.Write("\0"u8);
        return this;
    }

    public void WriteTo(IBufferWriter<byte> output, MilterEvent command)
    {
        Write(output, command, _data.WrittenSpan);
        _data.ResetWrittenCount();
    }

    public static void Write(IBufferWriter<byte> output, MilterEvent command, ReadOnlySpan<byte> data)
    {
        var head = output.GetSpan(sizeof(uint) + 1);
        BinaryPrimitives.WriteUInt32BigEndian(head, (uint)data.Length + 1);
        head[sizeof(uint)] = (byte)command;
        output.Advance(sizeof(uint) + 1);
        output.Write(data);
    }
}
