using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace EdgeFlora.Testing.Network;

/// <summary>A bad link to a broker: slow, late, cut at times, or half open (nothing passes, and nobody is told).</summary>
/// <param name="host">Where the broker is.</param>
/// <param name="target">Its port.</param>
/// <param name="bytesPerSecond">In each direction.</param>
/// <param name="delay">How late everything arrives, each way.</param>
/// <param name="cutAfter">Bytes, both ways together, after which all connections are cut; 0: never.</param>
/// <param name="cuts">How often that happens.</param>
internal sealed class TcpProxy(string host, int target, int bytesPerSecond, TimeSpan delay, long cutAfter = 0, int cuts = 0) : IAsyncDisposable
{
    private const int PieceBytes = 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly Lock gate = new();
    private readonly List<Link> links = [];
    private bool isDown;
    private long passed;
    private Task accepting = Task.CompletedTask;

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Cuts so far.</summary>
    public int Cuts { get; private set; }

    /// <summary>Bytes that passed, both ways together.</summary>
    public long Passed => Interlocked.Read(ref passed);

    public void Start()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Lets nothing pass over the connections that there are; new ones are not concerned.</summary>
    public void Freeze()
    {
        lock (gate)
        {
            links.ForEach(link => link.IsFrozen = true);
        }
    }

    /// <summary>Lets nothing pass any more, over present connections or new ones, and tells nobody.</summary>
    public void GoDown()
    {
        lock (gate)
        {
            isDown = true;
            links.ForEach(link => link.IsFrozen = true);
        }
    }

    /// <summary>Ends connections of which something was lost, and lets new ones pass again.</summary>
    public void ComeUp()
    {
        lock (gate)
        {
            isDown = false;
        }

        Cut();
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Dispose();
        Cut();
        await accepting.ContinueWith(_ => { }, TaskScheduler.Default);
        end.Dispose();
    }

    private void Cut()
    {
        lock (gate)
        {
            links.ForEach(link => link.Dispose());
            links.Clear();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient near = await listener.AcceptTcpClientAsync(end.Token);
            var far = new TcpClient();
            try
            {
                await far.ConnectAsync(host, target, end.Token);
            }
            catch (SocketException)
            {
                // The broker is away at this moment, which whoever connects sees; the next may find it.
                near.Dispose();
                far.Dispose();
                continue;
            }

            (near.NoDelay, far.NoDelay) = (true, true);
            var link = new Link(near, far);
            lock (gate)
            {
                link.IsFrozen = isDown;
                links.Add(link);
            }

            _ = CarryAsync(link, near, far);
            _ = CarryAsync(link, far, near);
        }
    }

    private async Task CarryAsync(Link link, TcpClient from, TcpClient to)
    {
        // Some kilobytes in the line, as in a real one; more waits with the sender.
        Channel<(long At, byte[] Piece)> line = Channel.CreateBounded<(long, byte[])>(64);
        try
        {
            Task sending = SendAsync(link, line.Reader, to);
            byte[] piece = new byte[PieceBytes];
            while (await from.GetStream().ReadAsync(piece, end.Token) is > 0 and int count)
            {
                await line.Writer.WriteAsync((TimeProvider.System.GetTimestamp(), piece[..count]), end.Token);
            }

            line.Writer.TryComplete();
            await sending;
        }
        catch (Exception broken) when (
            broken is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
        }
        finally
        {
            line.Writer.TryComplete();
            link.Dispose();
        }
    }

    private async Task SendAsync(Link link, ChannelReader<(long At, byte[] Piece)> line, TcpClient to)
    {
        await foreach ((long at, byte[] piece) in line.ReadAllAsync(end.Token))
        {
            TimeSpan early = delay - TimeProvider.System.GetElapsedTime(at);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, TimeProvider.System, end.Token);
            }

            await Task.Delay(TimeSpan.FromSeconds((double)piece.Length / bytesPerSecond), TimeProvider.System, end.Token);
            if (link.IsFrozen)
            {
                continue;
            }

            await to.GetStream().WriteAsync(piece, end.Token);
            if (IsCutNow(Interlocked.Add(ref passed, piece.Length)))
            {
                Cut();
                return;
            }
        }
    }

    private bool IsCutNow(long bytes)
    {
        lock (gate)
        {
            if (cutAfter == 0 || Cuts >= cuts || bytes < cutAfter * (Cuts + 1))
            {
                return false;
            }

            Cuts++;
            return true;
        }
    }

    private sealed class Link(TcpClient near, TcpClient far) : IDisposable
    {
        public bool IsFrozen { get; set; }

        public void Dispose()
        {
            near.Dispose();
            far.Dispose();
        }
    }
}
