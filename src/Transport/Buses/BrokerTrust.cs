using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeFlora.Transport.Buses;

/// <summary>
/// Decides whether the one at the other end is our broker: issuer, dates and name of its certificate. Asked for every connection, first or later.
/// </summary>
/// <remarks>Left to themselves, both the client and MassTransit take a certificate that nobody signed.</remarks>
/// <param name="refused">Called with each sentence of refusal, and with what keeps a renewed file of authorities from being used.</param>
internal sealed class BrokerTrust(BrokerAddress address, BrokerOptions options, TimeProvider clock, Action<string>? refused = null)
{
    /// <summary>TLS web server authentication (RFC 5280, section 4.2.1.12): an agent's certificate of the same authority is no broker's.</summary>
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";

    private readonly RenewedFile<X509Certificate2Collection>? authorities =
        options.Ca is { } file ? new(() => BrokerSecrets.Authorities(file), problem => refused?.Invoke(Unread(file, problem))) : null;

    private volatile string? refusal;

    /// <summary>The name the certificate must bear.</summary>
    public string ServerName { get; } = options.ServerName ?? address.Host;

    /// <summary>Why the last certificate was refused; null if it was not.</summary>
    public string? Refusal => refusal;

    /// <summary>Whether the broker's certificate was asked for, and accepted.</summary>
    public bool HasAccepted { get; private set; }

    /// <summary>A certificate validation callback.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        string? problem = Problem(certificate as X509Certificate2, presented, errors);
        refusal = problem;
        HasAccepted = problem is null;
        if (problem is not null)
        {
            refused?.Invoke(problem);
        }

        return problem is null;
    }

    private static string Unread(string file, string problem) =>
        $"Broker:Ca '{file}' cannot be used now ({problem}); what it held before counts.";

    private string? Problem(X509Certificate2? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        string broker = string.Create(CultureInfo.InvariantCulture, $"The broker at {address.Host}:{address.Port}");
        if (certificate is null)
        {
            return $"{broker} shows no certificate.";
        }

        using X509Chain chain = Build(certificate, presented);
        X509ChainElement[] elements = [.. chain.ChainElements];
        DateTime now = clock.GetUtcNow().UtcDateTime;
        bool isKnown = !chain.ChainStatus.Any(status => (status.Status & ~X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError);
        if (!isKnown)
        {
            string trusted = authorities is null ? "this system trusts it not" : $"Broker:Ca '{options.Ca}' has not signed it";
            string cure = authorities is null
                ? "name the authority's certificate with Broker:Ca"
                : "give the authority's certificate that did, or have the broker's certificate renewed";
            string reasons = string.Join("; ", chain.ChainStatus.Where(status => status.Status != X509ChainStatusFlags.NotTimeValid).Select(
                status => status.StatusInformation.Trim().TrimEnd('.')));
            return $"{broker} shows a certificate of an unknown issuer, '{certificate.Issuer}': {trusted} ({reasons}); {cure}.";
        }

        foreach (X509Certificate2 each in elements.Select(element => element.Certificate))
        {
            string whose = each.Equals(certificate) ? "a certificate" : $"a certificate whose issuer '{each.Subject}'";
            if (each.NotAfter.ToUniversalTime() < now)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{broker} shows {whose} that expired on {each.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC; have it renewed.");
            }

            if (each.NotBefore.ToUniversalTime() > now)
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"{broker} shows {whose} that is valid from {each.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} "
                        + $"UTC only; it is {now:yyyy-MM-dd HH:mm} UTC by this machine's clock.");
            }
        }

        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"{broker} shows a certificate for {Names(certificate)}, not for {ServerName}; write one of these names in Broker:Url, or name the "
                + "right one with Broker:ServerName."
            : null;
    }

    private X509Chain Build(X509Certificate2 certificate, X509Chain? presented)
    {
        var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().LocalDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerUse));
        if (presented is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        }

        if (authorities is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities.Current);
        }

        chain.Build(certificate);
        return chain;
    }

    /// <summary>The names a certificate is for, as its owner wrote them.</summary>
    private static string Names(X509Certificate2 certificate)
    {
        X509SubjectAlternativeNameExtension? alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        string[] names = alternatives is null
            ? [certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)]
            : [.. alternatives.EnumerateDnsNames(), .. alternatives.EnumerateIPAddresses().Select(address => address.ToString())];
        return names.Length == 0 ? "no name" : string.Join(", ", names);
    }
}
