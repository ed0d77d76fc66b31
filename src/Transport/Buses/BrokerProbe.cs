using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EdgeFlora.Transport.Buses;

/// <summary>Opens one connection before the bus starts, for the bus itself retries for ever and does not say why.</summary>
internal static class BrokerProbe
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Returns once the broker accepts host, virtual host, user and password. A silent port is tried again until the timeout; a refusal is final.
    /// </summary>
    /// <exception cref="BrokerUnreachableException">Nothing answers, or the broker refuses.</exception>
    public static async Task ConnectAsync(BrokerAddress address, BrokerOptions options, TimeProvider clock, CancellationToken stop)
    {
        TimeSpan timeout = options.ConnectTimeout;
        var trust = new BrokerTrust(address, options, clock);
        using X509Certificate2? own = options.ClientCertificate is null ? null : BrokerSecrets.Client(options.ClientCertificate, options.ClientKey);
        OwnCertificate? shown = own is null ? null : OwnCertificate.Of(own);
        if (shown is not null && OwnProblem(address, options, shown, clock) is { } unusable)
        {
            throw new BrokerUnreachableException(unusable);
        }

        ConnectionFactory factory = Factory(address, options, trust, own);
        bool asked = false;
        Exception? told = null;
        long began = clock.GetTimestamp();
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        while (true)
        {
            try
            {
                await using IConnection connection = await factory.CreateConnectionAsync("edgeflora-probe", either.Token);
                // Only a channel proves that the virtual host is open to us: the connection counts as made before the broker has looked.
                await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: either.Token);
                await connection.CloseAsync(either.Token);
                return;
            }
            catch (Exception exception) when (Refusal(address, options, shown, trust, exception) is { } refusal)
            {
                throw new BrokerUnreachableException(refusal, exception) { IsLogin = BrokerAnswers.IsLoginRefusal(exception) };
            }
            catch (Exception exception) when (!stop.IsCancellationRequested && exception is RabbitMQ.Client.Exceptions.BrokerUnreachableException
                or OperationCanceledException or TimeoutException or IOException)
            {
                // Once: a port that is closed now may be opened as what it should be.
                if (!asked && exception.GetBaseException()
                    is not SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound })
                {
                    asked = true;
                    if (await PortSpeech.ProblemAsync(address, clock, stop) is { } scheme)
                    {
                        throw new BrokerUnreachableException(scheme, exception);
                    }
                }

                // An attempt that the limit cuts off says nothing; one before it may have.
                told = exception.GetBaseException() is OperationCanceledException ? told : exception;
                if (clock.GetElapsedTime(began) + Pause >= timeout)
                {
                    if (shown is not null && trust.HasAccepted && told is not null)
                    {
                        throw new BrokerUnreachableException(Unwelcome(address, options, shown, told), exception);
                    }

                    throw new BrokerUnreachableException(
                        $"No broker answers at {address.Host}:{address.Port} within {timeout.TotalSeconds:0} s ({Cause(exception)}); check host and "
                        + $"port of {address} and that RabbitMQ is running.",
                        exception);
                }

                await Task.Delay(Pause, clock, stop);
            }
        }
    }

    /// <summary>Opens a connection of its own beside the bus.</summary>
    /// <param name="name">What the broker shows it as.</param>
    public static async Task<IConnection> OpenAsync(BrokerOptions options, string name, TimeProvider clock, CancellationToken stop)
    {
        BrokerAddress address = options.Address();
        using X509Certificate2? own = options.ClientCertificate is null ? null : BrokerSecrets.Client(options.ClientCertificate, options.ClientKey);
        return await Factory(address, options, new BrokerTrust(address, options, clock), own).CreateConnectionAsync(name, stop);
    }

    /// <summary>Connects as the bus does.</summary>
    /// <param name="own">Our certificate, if we show one.</param>
    public static ConnectionFactory Factory(BrokerAddress address, BrokerOptions options, BrokerTrust trust, X509Certificate2? own)
    {
        var factory = new ConnectionFactory
        {
            HostName = address.Host,
            Port = address.Port,
            VirtualHost = address.VirtualHost,
            UserName = address.User,
            Password = address.Password ?? "guest",
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = options.ConnectTimeout,
            Ssl = new SslOption(trust.ServerName, enabled: address.Tls) { CertificateValidationCallback = trust.Accepts },
        };
        if (own is not null)
        {
            factory.Ssl.Certs = [own];
            factory.AuthMechanisms = options.IsProvedByCertificate ? [new ExternalMechanismFactory()] : factory.AuthMechanisms;
        }

        return factory;
    }

    /// <summary>What can be seen of our certificate before it is shown.</summary>
    private static string? OwnProblem(BrokerAddress address, BrokerOptions options, OwnCertificate own, TimeProvider clock)
    {
        string which = $"Broker:ClientCertificate '{options.ClientCertificate}'";
        return own.DateProblem(clock) is { } dates ? $"{which} {dates}."
            : options.IsProvedByCertificate && address.NamesUser && own.CommonName != address.User
                ? $"{which} is for {(own.CommonName is { } name ? $"'{name}'" : "no common name")}, not for user {address.User} of Broker:Url; "
                    + "give that user's certificate."
            : null;
    }

    /// <summary>A broker that does not like our certificate ends the connection, and says no more than a TLS alert.</summary>
    private static string Unwelcome(BrokerAddress address, BrokerOptions options, OwnCertificate own, Exception exception) =>
        $"The broker at {address.Host}:{address.Port} ends the connection once Broker:ClientCertificate '{options.ClientCertificate}' is shown "
            + $"({Cause(exception)}); it is of issuer '{own.Issuer}', whose certificate the broker must have in its ssl_options.cacertfile.";

    private static string? Refusal(BrokerAddress address, BrokerOptions options, OwnCertificate? own, BrokerTrust trust, Exception exception)
    {
        if (trust.Refusal is { } untrusted)
        {
            return untrusted;
        }

        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case Exception when own is not null && options.IsProvedByCertificate && BrokerAnswers.IsLogin(e):
                    return $"The broker at {address.Host}:{address.Port} refuses the certificate of '{own.CommonName}': it has no such user, or "
                        + "knows users by another part of a certificate than the common name (ssl_cert_login_from = common_name).";
                case IOException when own is not null && e.Message.Contains("authentication mechanism", StringComparison.Ordinal):
                    return $"The broker at {address.Host}:{address.Port} takes no certificates in place of passwords; enable its plugin "
                        + "rabbitmq_auth_mechanism_ssl, and name EXTERNAL among its auth_mechanisms.";
                case Exception when BrokerAnswers.IsLogin(e):
                    return $"The broker at {address.Host}:{address.Port} refuses user {address.User} or its password; check user and password of "
                        + $"{address}.";
                case OperationInterruptedException { ShutdownReason.ReplyCode: 530 }:
                    return $"The broker at {address.Host}:{address.Port} does not let user {address.User} into virtual host {address.VirtualHost}; "
                        + "create it or grant the user rights on it.";
            }
        }

        return null;
    }

    private static string Cause(Exception exception)
    {
        Exception innermost = exception.GetBaseException();
        return innermost is OperationCanceledException or TimeoutException ? "no answer" : innermost.Message.TrimEnd('.');
    }
}
