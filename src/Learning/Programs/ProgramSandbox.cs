using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeFlora.Learning.Programs;

/// <summary>
/// Runs Python programs that a model wrote, which may be anything: as a user without rights, in namespaces of their own without network, on a file
/// system in memory that shows the system's programs read-only and nothing else, with an empty environment and limits on time, memory, processes and
/// files. Linux only.
/// </summary>
/// <remarks>
/// Made of util-linux' <c>unshare</c>, <c>setpriv</c>, <c>prlimit</c> and <c>mount</c>. <see cref="OpenAsync"/> runs a program that tries the walls;
/// where one is missing nothing is run at all.
/// </remarks>
public sealed class ProgramSandbox
{
    private const string Python = "/usr/bin/python3";
    private const int KeptOutput = 4096;
    private const string Nobody = "65534";

    // When this process dies its child is killed so much later at the latest.
    private const int Grace = 5;

    /// <summary>Least that trying the walls may take, on a busy machine too: the limit on time is that of programs.</summary>
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(60);

    /// <summary>Runs as root of a new user namespace: builds the file system, goes into it, and drops every right.</summary>
    private const string Build = """
        set -e
        root=$1; limits=$2; python=$3
        mount --make-rprivate /
        mount -t tmpfs -o size=64m,mode=755,nosuid,nodev tmpfs "$root"
        cd "$root"
        mkdir work proc dev
        for directory in /usr /bin /lib /lib32 /lib64 /libx32; do
          if [ -L "$directory" ]; then cp -P "$directory" ".$directory"
          elif [ -d "$directory" ]; then
            mkdir ".$directory"
            mount --bind "$directory" ".$directory"
            mount -o remount,bind,ro,nosuid,nodev ".$directory"
          fi
        done
        for device in null zero urandom; do : > "dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
        mount -t proc -o nosuid,nodev,noexec proc proc
        exec chroot . /bin/sh -c 'cd /work && exec prlimit $1 setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$2" -I -S -B -' \
          sh "$limits" "$python"
        """;

    /// <summary>Ends before its last line if a wall is missing.</summary>
    private const string Probe = """
        import os, socket, sys
        seen = set(os.listdir("/")) - {"usr", "bin", "lib", "lib32", "lib64", "libx32", "work", "proc", "dev"}
        if seen: sys.exit("the file system shows " + ", ".join(sorted(seen)))
        for place in ("/usr/probe", "/lib/probe", "/dev/null/probe"):
            try: open(place, "w")
            except OSError: continue
            sys.exit(place + " can be written")
        try: socket.create_connection(("127.0.0.1", 9), 1)
        except ConnectionRefusedError: sys.exit("there is a network")
        except OSError: pass
        rights = [line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapPrm", "CapBnd"))]
        if any(int(right, 16) for right in rights): sys.exit("it keeps rights: " + ", ".join(rights))
        """;

    private readonly SandboxLimits limits;

    private ProgramSandbox(SandboxLimits limits) => this.limits = limits;

    /// <summary>A sandbox whose walls have been tried.</summary>
    /// <exception cref="SandboxUnavailableException">Programs cannot be locked down here; the message says why.</exception>
    public static async Task<ProgramSandbox> OpenAsync(SandboxLimits? limits, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new SandboxUnavailableException(
                "Generated programs are run on Linux only: other systems cannot take network and files from a program in the way that is used here.");
        }

        if (!File.Exists(Python))
        {
            throw new SandboxUnavailableException($"There is no {Python}, which generated programs are run with; install python3.");
        }

        limits ??= new SandboxLimits();
        var walls = new ProgramSandbox(limits with { Time = limits.Time > ProbeTime ? limits.Time : ProbeTime });
        ProgramResult probe = await walls.RunAsync(Probe, cancellationToken).ConfigureAwait(false);
        return probe.Outcome == ProgramOutcome.Passed
            ? new ProgramSandbox(limits)
            : throw new SandboxUnavailableException(
                $"Generated programs cannot be locked down on this machine: {probe.Message.Trim().ReplaceLineEndings("; ")}. User namespaces and "
                + "util-linux (unshare, setpriv, prlimit, mount) are needed.");
    }

    /// <summary>Runs a program. It passes if its last line was reached.</summary>
    /// <exception cref="SandboxUnavailableException">The programs that lock it down are not there.</exception>
    public async Task<ProgramResult> RunAsync(string program, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(program);
        string reached = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        DirectoryInfo root = Directory.CreateTempSubdirectory("edgeflora-sandbox-");
        try
        {
            using Process process = Start(root.FullName);
            using var overdue = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            overdue.CancelAfter(limits.Time);
            Task<string> output = TailAsync(process.StandardOutput);
            Task<string> errors = TailAsync(process.StandardError);
            try
            {
                await FeedAsync(process, $"{program}\n\nprint('\\n{reached}')\n", overdue.Token).ConfigureAwait(false);
                await process.WaitForExitAsync(overdue.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                return new ProgramResult(
                    ProgramOutcome.TimedOut, string.Create(CultureInfo.InvariantCulture, $"killed after {limits.Time.TotalSeconds:0.#} s"));
            }

            bool passed = process.ExitCode == 0 && (await output.ConfigureAwait(false)).EndsWith($"\n{reached}\n", StringComparison.Ordinal);
            string message = await errors.ConfigureAwait(false);
            return new ProgramResult(
                passed ? ProgramOutcome.Passed : ProgramOutcome.Failed,
                message.Length == 0 && !passed ? $"ended early with exit code {process.ExitCode}" : message);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private Process Start(string root)
    {
        int seconds = (int)Math.Ceiling(limits.Time.TotalSeconds);
        string resources = string.Create(
            CultureInfo.InvariantCulture,
            $"--cpu={seconds} --as={(long)limits.MemoryMegabytes << 20} --nproc={limits.Processes} --fsize={(long)limits.FileMegabytes << 20} "
            + $"--nofile=64 --core=0");

        // As root the limit on processes would not hold, and files would be ours: become nobody first.
        string[] nobody = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"] : [];
        string[] command =
        [
            "--signal=KILL", string.Create(CultureInfo.InvariantCulture, $"{seconds + Grace}"), .. nobody,
            "unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child",
            "/bin/sh", "-c", Build, "sh", root, resources, Python,
        ];
        var start = new ProcessStartInfo("/usr/bin/timeout", command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["LANG"] = "C.UTF-8";
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new SandboxUnavailableException(
                $"Generated programs cannot be locked down: {start.FileName} does not start ({missing.Message}).", missing);
        }
    }

    private static async Task FeedAsync(Process process, string program, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(program.AsMemory(), cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of it; how is told by its exit code.
        }
    }

    /// <summary>The end of what is written; the rest is read and dropped.</summary>
    private static async Task<string> TailAsync(StreamReader reader)
    {
        var tail = new StringBuilder();
        char[] buffer = new char[KeptOutput];
        int read;
        while ((read = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            tail.Append(buffer, 0, read);
            tail.Remove(0, Math.Max(0, tail.Length - KeptOutput));
        }

        return tail.ToString();
    }
}
