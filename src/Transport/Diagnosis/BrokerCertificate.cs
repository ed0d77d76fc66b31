using System.Security.Authentication;

namespace EdgeFlora.Transport.Diagnosis;

/// <summary>A broker's certificate that was accepted.</summary>
/// <param name="Name">The name that it was asked for and bears.</param>
/// <param name="NotAfter">UTC.</param>
public sealed record BrokerCertificate(string Name, string Issuer, DateTime NotAfter, SslProtocols Protocol);
