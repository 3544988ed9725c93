using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>A certificate and its key as PEM files, read again when they change. The last good pair stays in use while they cannot be read.</summary>
/// <param name="certificate">The certificate, followed by its chain.</param>
/// <param name="key">The key.</param>
internal sealed class CertificateFiles(string certificate, string key)
{
    private string? _stamp;
    private string? _fault;

    public string Certificate => certificate;

    public string Key => key;

    /// <summary>The last good pair; null if there never was one.</summary>
    public ServerTls? Tls { get; private set; }

    /// <summary>Why two files are not a certificate and its key; null if they are.</summary>
    public static string? WhatIsWrong(string certificate, string key)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPemFile(certificate, key);
            return null;
        }
        catch (Exception e) when (IsBadPair(e))
        {
            return e.Message;
        }
    }

    /// <summary>Reads the files if they have changed. A fault is logged once.</summary>
    /// <param name="log">Gets what was read, and the fault.</param>
    /// <param name="before">Runs before the files are looked at; its faults are those of the files.</param>
    public void Refresh(InboundLog log, Action before)
    {
        try
        {
            before();
            Read(log);
            _fault = null;
        }
        catch (Exception e) when (IsBadPair(e))
        {
            if (e.Message != _fault)
            {
                _fault = e.Message;
                log.CertificateNotRead(certificate, e.Message);
            }
        }
    }

    private static bool IsBadPair(Exception e) => e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException;

    private void Read(InboundLog log)
    {
        var stamp = PemFiles.StampOf(certificate, key);
        if (Tls is not null && stamp == _stamp)
        {
            return;
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        Tls = new ServerTls(X509Certificate2.CreateFromPemFile(certificate, key), chain);
        _stamp = stamp;
        log.CertificateRead(certificate, Tls.Certificate.Subject, Tls.Certificate.NotAfter.ToUniversalTime());
    }
}
