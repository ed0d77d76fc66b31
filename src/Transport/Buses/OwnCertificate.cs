using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeFlora.Transport.Buses;

/// <summary>What our own certificate for a broker says.</summary>
/// <param name="CommonName">By which a broker with <c>ssl_cert_login_from = common_name</c> knows its user; null: it has none, or several.</param>
/// <param name="Issuer">Whoever signed it.</param>
/// <param name="NotBefore">UTC.</param>
/// <param name="NotAfter">UTC.</param>
public sealed record OwnCertificate(string? CommonName, string Issuer, DateTime NotBefore, DateTime NotAfter)
{
    /// <summary>Attribute type commonName (X.520; RFC 5280, appendix A.1).</summary>
    private const string CommonNameType = "2.5.4.3";

    /// <summary>Reads a certificate that has its key.</summary>
    /// <param name="keyFile">Null: the key is in the same file.</param>
    /// <exception cref="InvalidDataException">It cannot be used; the message names the file and says why, and holds no secret.</exception>
    public static OwnCertificate Read(string certificateFile, string? keyFile)
    {
        try
        {
            using X509Certificate2 certificate = BrokerSecrets.Client(certificateFile, keyFile);
            return Of(certificate);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new InvalidDataException(
                $"'{certificateFile}' cannot be used ({unusable.Message.TrimEnd('.')}); give a PEM file with a certificate and, there or in a file "
                    + "of its own, its key without a passphrase",
                unusable);
        }
    }

    internal static OwnCertificate Of(X509Certificate2 certificate)
    {
        string[] names =
        [
            .. certificate.SubjectName.EnumerateRelativeDistinguishedNames()
                .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameType)
                .Select(part => part.GetSingleElementValue() ?? ""),
        ];
        return new OwnCertificate(
            names is [{ Length: > 0 } only] ? only : null,
            certificate.Issuer,
            certificate.NotBefore.ToUniversalTime(),
            certificate.NotAfter.ToUniversalTime());
    }

    /// <summary>What is wrong with its dates, to stand behind its name; null: nothing.</summary>
    public string? DateProblem(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        DateTime now = clock.GetUtcNow().UtcDateTime;
        return NotAfter < now
            ? string.Create(CultureInfo.InvariantCulture, $"expired on {NotAfter:yyyy-MM-dd HH:mm} UTC; have it renewed")
            : NotBefore > now
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"is valid from {NotBefore:yyyy-MM-dd HH:mm} UTC only; it is {now:yyyy-MM-dd HH:mm} UTC by this machine's clock")
                : null;
    }
}
