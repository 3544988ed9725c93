using System.Collections.Concurrent;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>The key that seals messages, and where its public key is in the DNS.</summary>
/// <param name="Domain">The tag d.</param>
/// <param name="Selector">The tag s.</param>
/// <param name="Parameters">The private key.</param>
internal sealed record ArcKey(string Domain, string Selector, RSAParameters Parameters)
{
    // RFC 8301, section 3.2: signers use 1024 to 4096 bits, and should use at least 2048. Some verifiers take no more than 2048.
    private const int LeastBits = 1024;
    private const int MostBits = 4096;

    // The system tests the primes of a private key when it reads one, which takes ten times as long as a signature. An object is for one thread at a time.
    private readonly ConcurrentBag<RSA> _idle = [];

    /// <summary>The private key as MimeKit takes it. It is checked when it is made, which takes time.</summary>
    public AsymmetricKeyParameter Private { get; } = DotNetUtilities.GetRsaKeyPair(Parameters).Private;

    /// <summary>The RSASSA-PKCS1-v1_5 signature of a hash by SHA-256. Thread-safe.</summary>
    public byte[] Sign(byte[] hash)
    {
        var rsa = _idle.TryTake(out var idle) ? idle : RSA.Create(Parameters);
        try
        {
            return rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        finally
        {
            _idle.Add(rsa);
        }
    }

    /// <summary>Reads a key's file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="CryptographicException">It holds no RSA key that fits.</exception>
    public static RSAParameters Read(string file)
    {
        using var key = RSA.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("it holds no private key in PEM", e);
        }

        if (key.KeySize is < LeastBits or > MostBits)
        {
            throw new CryptographicException($"its key has {key.KeySize} bits, not {LeastBits} to {MostBits}");
        }

        return key.ExportParameters(includePrivateParameters: true);
    }

    /// <summary>The TXT record of a key's public part (RFC 6376, section 3.6.1).</summary>
    public static string PublicRecord(RSAParameters key)
    {
        using var rsa = RSA.Create(key);
        return $"v=DKIM1; k=rsa; p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}";
    }

    /// <summary>Why a file cannot be used, and what to do; null if it can.</summary>
    public static string? WhatIsWrong(string file)
    {
        try
        {
            Read(file);
            return PemFiles.IsOpenToOthers(file) ? $"may be read by others than its owner; run: chmod 600 {file}" : null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return $"cannot be used ({e.Message.TrimEnd('.')}); name the PEM file of a private RSA key that 'pki arc' has made";
        }
    }
}
