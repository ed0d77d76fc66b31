using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Chunks;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Transport.Buses;

/// <summary>Makes and starts the bus both services speak through: RabbitMQ, or memory within one process.</summary>
/// <remarks>
/// The in-memory transport lives inside one bus object: services of one process share it and attach their queues with
/// <see cref="MessageBus.ConnectQueue"/>. MassTransit's usage telemetry is part of its container registration, which is not used here: nothing is
/// reported to anybody.
/// </remarks>
public static class BusFactory
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    /// <summary>Makes a bus; nothing is connected before it is started.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is not allowed.</exception>
    internal static IBusControl Create(BrokerOptions options, TimeProvider clock, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (loggers is not null)
        {
            LogContext.ConfigureCurrentLogContext(new QuietLoggers(loggers, clock));
        }

        return options.InMemory
            ? Bus.Factory.CreateUsingInMemory(AddChunkBodies)
            : ReconnectingBus.Create(bus =>
            {
                BrokerAddress address = options.Address();
                ILogger? log = loggers?.CreateLogger(typeof(BusFactory).FullName!);
                bus.Host(address.Host, address.Port, address.VirtualHost, host =>
                {
                    host.Username(address.User);
                    host.Password(address.Password ?? "guest");
                    if (options.PasswordFile is { } file)
                    {
                        host.CredentialsProvider = new FilePassword(address.User, file);
                    }

                    host.Heartbeat(options.Heartbeat);
                    host.RequestedConnectionTimeout(options.ConnectTimeout);
                    host.PublisherConfirmation = true;
                    if (address.Tls)
                    {
                        var trust = new BrokerTrust(address, options, clock, problem => log?.BrokerUntrusted(problem));
                        host.UseSsl(ssl => Secure(ssl, trust, options, log));
                    }
                });
                AddChunkBodies(bus);
            });
    }

    /// <summary>
    /// Makes a bus and starts it; returns once it is connected. A connection lost later is made again for as long as the bus lives, at growing,
    /// jittered intervals of 2 … 7 s.
    /// </summary>
    /// <exception cref="BrokerUnreachableException">
    /// Nothing answers within <see cref="BrokerOptions.ConnectTimeout"/>, or the broker refuses.
    /// </exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is not allowed.</exception>
    public static async Task<MessageBus> StartAsync(BrokerOptions options, TimeProvider clock, ILoggerFactory? loggers, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        IBusControl bus = Create(options, clock, loggers);
        if (!options.InMemory)
        {
            await BrokerProbe.ConnectAsync(options.Address(), options, clock, stop);
        }

        using var limit = new CancellationTokenSource(options.ConnectTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await bus.StartAsync(either.Token);
        }
        catch (Exception exception) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new BrokerUnreachableException($"The bus did not start within {options.ConnectTimeout.TotalSeconds:0} s.", exception);
        }

        return new MessageBus(bus, new ConnectionProbe(options, clock));
    }

    /// <summary>Stops a bus; without a broker after a few seconds, for then there is nobody to say goodbye to.</summary>
    public static async Task StopAsync(MessageBus bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        using var limit = new CancellationTokenSource(Farewell);
        try
        {
            await bus.StopAsync(limit.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or MassTransitException or TimeoutException
            or RabbitMQ.Client.Exceptions.RabbitMQClientException)
        {
            // The process ends, and its connection with it.
        }
    }

    private static void Secure(IRabbitMqSslConfigurator ssl, BrokerTrust trust, BrokerOptions options, ILogger? log)
    {
        ssl.ServerName = trust.ServerName;
        ssl.CertificateValidationCallback = trust.Accepts;
        if (options.ClientCertificate is { } certificate)
        {
            var own = new RenewedFile<X509Certificate2>(
                () => BrokerSecrets.Client(certificate, options.ClientKey), problem => log?.CertificateNotRenewed(certificate, problem));
            ssl.Certificate = own.Current;
            ssl.CertificateSelectionCallback = (_, _, _, _, _) => own.Current;
            ssl.UseCertificateAsAuthenticationIdentity = options.IsProvedByCertificate;
        }
    }

    private static void AddChunkBodies(IBusFactoryConfigurator bus)
    {
        var chunks = new BlobChunkSerializerFactory();
        bus.AddSerializer(chunks, isSerializer: false);
        bus.AddDeserializer(chunks);
        bus.Send<BlobChunk>(topology => topology.UseSerializer(chunks.ContentType));
    }
}
