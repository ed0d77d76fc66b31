using System.Security.Cryptography;
using EdgeFlora.Transport.Buses;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EdgeFlora.Transport.Diagnosis;

/// <summary>Sends bytes to a queue of an agent's own and takes them from it again, as its messages and bodies travel.</summary>
public sealed class QueueRoundTrip(BrokerOptions options, TimeProvider clock)
{
    /// <param name="messages">Number of messages.</param>
    /// <param name="bytes">Bytes of each.</param>
    /// <returns>How long it took, from the first message sent to the last one taken.</returns>
    /// <exception cref="InvalidDataException">Other bytes came back.</exception>
    /// <exception cref="Exception">Whatever RabbitMQ.Client throws where the broker is not reached or refuses.</exception>
    public async Task<TimeSpan> RunAsync(string agent, int messages, int bytes, CancellationToken stop)
    {
        await using IConnection connection = await BrokerProbe.OpenAsync(options, "edgeflora-doctor", clock, stop);
        await using ScratchQueue queue = await ScratchQueue.MakeAsync(connection, agent, stop);
        await using IChannel channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stop);
        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var taken = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int arrived = 0;
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            taken.AppendData(delivery.Body.Span);
            if (++arrived == messages)
            {
                all.TrySetResult();
            }

            return Task.CompletedTask;
        };
        long began = clock.GetTimestamp();
        await channel.BasicConsumeAsync(queue.Name, autoAck: true, consumer, stop);
        for (int i = 0; i < messages; i++)
        {
            byte[] body = RandomNumberGenerator.GetBytes(bytes);
            sent.AppendData(body);
            await channel.BasicPublishAsync(queue.Name, routingKey: "", mandatory: true, body, stop);
        }

        await all.Task.WaitAsync(stop);
        TimeSpan took = clock.GetElapsedTime(began);
        if (!sent.GetHashAndReset().AsSpan().SequenceEqual(taken.GetHashAndReset()))
        {
            throw new InvalidDataException("Other bytes came back from the queue than were sent to it.");
        }

        return took;
    }
}
