using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeFlora.Transport.Buses;

/// <summary>Reads what proves who we and the broker are: passwords, keys and certificates in files. None of it ever stands in a message.</summary>
internal static class BrokerSecrets
{
    /// <summary>Says what is wrong with the files that are named; a line each.</summary>
    public static IEnumerable<string> Problems(BrokerOptions options)
    {
        string?[] problems =
        [
            Problem(
                nameof(BrokerOptions.PasswordFile), options.PasswordFile, static file => Password(file), "a file whose first line is the password"),
            Problem(nameof(BrokerOptions.Ca), options.Ca, static file => Authorities(file), "a PEM file with certificates"),
            Problem(
                nameof(BrokerOptions.ClientCertificate),
                options.ClientCertificate,
                file => Client(file, options.ClientKey).Dispose(),
                "a PEM file with a certificate and, here or in ClientKey, its key without a passphrase"),
        ];
        return problems.OfType<string>();
    }

    /// <summary>The first line of a file.</summary>
    /// <exception cref="InvalidDataException">It is empty.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Password(string file) =>
        File.ReadLines(file).FirstOrDefault() is { Length: > 0 } password ? password : throw new InvalidDataException("its first line is empty");

    /// <summary>All certificates of a PEM file.</summary>
    /// <exception cref="CryptographicException">It is no PEM file.</exception>
    /// <exception cref="InvalidDataException">It holds none.</exception>
    public static X509Certificate2Collection Authorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new InvalidDataException("it holds no certificate");
    }

    /// <summary>A certificate with its key.</summary>
    /// <exception cref="CryptographicException">A file is no PEM file, or the key is another certificate's or has a passphrase.</exception>
    public static X509Certificate2 Client(string certificateFile, string? keyFile)
    {
        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        // Windows speaks TLS with stored keys only.
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
    }

    /// <summary>Whether a file cannot be read, or holds something else.</summary>
    public static bool IsUnusable(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or InvalidDataException or ArgumentException;

    private static string? Problem(string setting, string? file, Action<string> read, string wanted)
    {
        if (file is null)
        {
            return null;
        }

        try
        {
            read(file);
            return null;
        }
        catch (Exception unusable) when (IsUnusable(unusable))
        {
            return $"{BrokerOptions.Section}:{setting} is '{file}', which cannot be used ({unusable.Message.TrimEnd('.')}); give {wanted}.";
        }
    }
}
