using System.Net;
using Google.Protobuf;
using ThrottleNet.MxNode.Egress;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Relay.Wire;

namespace ThrottleNet.MxNode.Tests.Egress;

public sealed class NoteWireTests
{
    [Fact]
    public void A_note_comes_out_as_it_went_in()
    {
        var refusals = Enumerable.Range(1, 20).Select(i => new MxNode.Relay.NameRefusal($"mail{i:00}.test", i % 2 == 0 ? "bl.test" : null, i, default, default));
        var read = NoteWire.Read(RelayNote.Parser.ParseFrom(NoteWire.Write(
            [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")], IPAddress.Parse("::ffff:198.51.100.1"), leftName: true, refusals).ToByteArray()));
        Assert.Equal("192.0.2.1 2001:db8::1", string.Join(' ', read.Sources));
        Assert.Equal("198.51.100.1", read.SeesUsFrom!.ToString());
        Assert.True(read.LeftName);
        Assert.Equal(8, read.Refusals.Length);
        Assert.Equal(("mail20.test", "bl.test", 20), (read.Refusals[0].Host, read.Refusals[0].List, read.Refusals[0].Count));
        Assert.Null(read.Refusals[1].List);
    }

    [Fact]
    public void An_empty_note_says_nothing()
    {
        var read = NoteWire.Read(new RelayNote());
        Assert.Empty(read.Sources);
        Assert.Null(read.SeesUsFrom);
        Assert.False(read.LeftName);
        Assert.Empty(read.Refusals);
    }

    [Fact]
    public void What_is_malformed_or_too_much_is_left_out()
    {
        var note = new RelayNote { SeenFrom = ByteString.CopyFrom(1, 2, 3) };
        foreach (var address in new[] { "127.0.0.1", "0.0.0.0", "::", "::1", "224.0.0.1", "255.255.255.255", "ff02::1", "::ffff:127.0.0.1", "192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1" })
        {
            note.Sources.Add(ByteString.CopyFrom(IPAddress.Parse(address).GetAddressBytes()));
        }

        note.Sources.Add(ByteString.CopyFrom(new byte[1000]));
        for (var i = 0; i < 400; i++)
        {
            note.Sources.Add(ByteString.CopyFrom(198, 51, (byte)(100 + (i / 250)), (byte)(i % 250)));
        }

        foreach (var host in new[] { "\u001b[2J", "mail.test\nnot.test", "[red]mail[/]", "Mail.Test", "", new string('a', 300), "mail.test" })
        {
            note.Refusals.Add(new Protocol.Relay.Wire.NameRefusal { Host = host, List = host, Count = ulong.MaxValue });
        }

        var read = NoteWire.Read(note);
        Assert.Equal("192.0.2.1", read.Sources[0].ToString());
        Assert.InRange(read.Sources.Length, 2, NoteWire.MostSources);
        Assert.DoesNotContain(read.Sources, IPAddress.IsLoopback);
        Assert.Null(read.SeesUsFrom);
        var refusal = Assert.Single(read.Refusals);
        Assert.Equal(("mail.test", "mail.test", long.MaxValue), (refusal.Host, refusal.List, refusal.Count));
    }
}
