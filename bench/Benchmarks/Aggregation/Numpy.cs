using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Benchmarks.Aggregation;

/// <summary>The same algorithms in numpy, by the script beside this file, on the same factors.</summary>
internal static class Numpy
{
    /// <param name="halfSteps">Problems FLoRA-NA's solver solved.</param>
    /// <summary>Median milliseconds, or null with one line of reason where python3 or numpy is missing.</summary>
    public static ModuleTimes? Measure(MemoryFactors source, double[] weights, int halfSteps, int threads, TextWriter output)
    {
        string folder = Directory.CreateTempSubdirectory("edgeflora-bench-").FullName;
        try
        {
            int rank = source.RankOf(0);
            Write(Path.Combine(folder, "a.f32"), Enumerable.Range(0, source.Count).Select(i => source.Load(i).A.Memory));
            Write(Path.Combine(folder, "b.f32"), Enumerable.Range(0, source.Count).Select(i => source.Load(i).B.Memory));
            File.WriteAllLines(Path.Combine(folder, "weights.txt"), weights.Select(w => w.ToString("R", CultureInfo.InvariantCulture)));
            var start = new ProcessStartInfo("python3")
            {
                RedirectStandardOutput = true,
                ArgumentList = { Path.Combine(AppContext.BaseDirectory, "aggregate_numpy.py"), folder, $"{source.Count}", $"{rank}", $"{source.Outputs}", $"{source.Inputs}", $"{halfSteps}" },
            };
            start.Environment["OPENBLAS_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
            using Process process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
            string[] parts = process.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            process.WaitForExit();
            if (process.ExitCode == 0 && parts.Length == 3)
            {
                double[] times = [.. parts.Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
                return new ModuleTimes(times[0], times[1], times[2]);
            }

            output.WriteLine("(numpy left out: python3 could not run the script; numpy may be missing)");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            output.WriteLine("(numpy left out: there is no python3)");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return null;
    }

    private static void Write(string path, IEnumerable<Memory<float>> parts)
    {
        using FileStream file = File.Create(path);
        foreach (Memory<float> part in parts)
        {
            file.Write(MemoryMarshal.AsBytes(part.Span));
        }
    }
}
