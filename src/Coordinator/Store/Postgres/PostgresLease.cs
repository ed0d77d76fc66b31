using System.Globalization;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>The leader's hold on the database, renewed over a connection of its own, so that no work keeps it waiting.</summary>
internal sealed class PostgresLease : IServiceLease
{
    /// <summary>Attempts within the time of one lease.</summary>
    private const int Attempts = 4;

    private const int StatementSeconds = 2;

    /// <summary>Pause after a failed attempt: a connection that is made again soon tells the others that this process lives.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    private readonly string place;
    private readonly long term;
    private readonly TimeSpan length;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource ended = new();
    private NpgsqlConnection? connection;
    private long renewedAt;

    /// <param name="place">Connection string.</param>
    public PostgresLease(string place, long term, TimeSpan length, TimeProvider time)
    {
        this.place = place;
        this.term = term;
        this.length = length;
        this.time = time;
        renewedAt = time.GetTimestamp();
    }

    public bool IsHeld => time.GetElapsedTime(Volatile.Read(ref renewedAt)) < length;

    /// <remarks>On a thread of its own: the pool's may all be waiting for the database.</remarks>
    public Task KeepAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Keep(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Release()
    {
        try
        {
            using var own = new NpgsqlConnection(place);
            own.Open();
            using NpgsqlCommand command = own.CreateCommand();
            command.CommandText = "UPDATE service_lease SET expires_at = NULL WHERE term = @term";
            command.CommandTimeout = StatementSeconds;
            command.Parameters.AddWithValue("term", term);
            command.ExecuteNonQuery();
        }
        catch (NpgsqlException)
        {
            // It lapses.
        }
    }

    public void Dispose()
    {
        ended.Cancel();
        ended.Dispose();
    }

    private void Keep(CancellationToken stop)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, ended.Token);
            Renewing(either.Token);
        }
        finally
        {
            Close();
        }
    }

    private void Renewing(CancellationToken stop)
    {
        string reason = "this process was held up";
        while (true)
        {
            TimeSpan pause = length / Attempts;
            long asked = time.GetTimestamp();
            try
            {
                if (!Renew())
                {
                    throw new TermLostException($"Another replica has taken over from this one (term {term}); this one stands by.");
                }

                Volatile.Write(ref renewedAt, asked);
            }
            catch (Exception failure) when (PostgresFailures.IsOutage(failure))
            {
                Close();
                (reason, pause) = (failure.Message, Again);
            }

            if (!IsHeld)
            {
                string seconds = length.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
                throw new TermLostException($"The lease was not renewed for {seconds} s ({reason.TrimEnd('.')}); this one stands by.");
            }

            stop.WaitHandle.WaitOne(pause);
            stop.ThrowIfCancellationRequested();
        }
    }

    private bool Renew()
    {
        if (connection is null)
        {
            connection = new NpgsqlConnection(place);
            connection.Open();
        }

        using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = "UPDATE service_lease SET expires_at = clock_timestamp() + @length WHERE term = @term";
        command.CommandTimeout = StatementSeconds;
        command.Parameters.AddWithValue("length", length);
        command.Parameters.AddWithValue("term", term);
        return command.ExecuteNonQuery() == 1;
    }

    private void Close()
    {
        connection?.Dispose();
        connection = null;
    }
}
