using System.Buffers;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace EdgeFlora.Adapters.Peft;

/// <summary>A PEFT adapter folder whose tensors are read one at a time, with ordinary reads: memory is that of the tensors asked for.</summary>
/// <remarks>
/// A mapped file would count as resident memory until the system needs it back; a merge of a hundred adapters must not. Reading is thread-safe.
/// </remarks>
public sealed class PeftAdapterReader : IDisposable
{
    private readonly Dictionary<string, TensorInfo> tensors;
    private readonly string path;
    private readonly bool keepOpen;
    private readonly Lock opening = new();
    private SafeFileHandle? handle;

    private PeftAdapterReader(string folder, PeftConfig config, SafetensorsFile file, bool keepOpen)
    {
        Folder = folder;
        path = file.Path;
        this.keepOpen = keepOpen;
        (SortedSet<string> modules, SortedSet<string> saved, LoraSettings settings) = PeftTensors.Check(file, config);
        tensors = file.Tensors.ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal);
        Config = config with { Settings = settings };
        Labels = PeftLabels.Of(file);
        (SuffixA, SuffixB) = PeftKey.Suffixes(config.Settings.Variant);
        Modules = new SortedDictionary<string, ModuleShape>(
            modules.ToDictionary(m => m, m => ShapeOf(m), StringComparer.Ordinal), StringComparer.Ordinal);
        Saved = new SortedDictionary<string, TensorShape>(
            saved.ToDictionary(s => s, s => new TensorShape(s, tensors[PeftKey.Prefix + s].Shape), StringComparer.Ordinal), StringComparer.Ordinal);
    }

    public string Folder { get; }

    public PeftConfig Config { get; }

    /// <summary>Adapted modules by name.</summary>
    public IReadOnlyDictionary<string, ModuleShape> Modules { get; }

    /// <summary>Tensors trained in full, by name.</summary>
    public IReadOnlyDictionary<string, TensorShape> Saved { get; }

    /// <summary>Names of the classes in the order of the head's rows; null if the adapter holds none.</summary>
    public IReadOnlyList<string>? Labels { get; }

    private string SuffixA { get; }

    private string SuffixB { get; }

    /// <summary>Checks configuration, names, types and shapes; no value is read yet.</summary>
    /// <param name="keepOpen">Whether the file stays open between reads; with thousands of adapters it must not.</param>
    /// <exception cref="AdapterFormatException">As <see cref="PeftFolder.Read"/>, but for values, which are checked when they are read.</exception>
    public static PeftAdapterReader Open(string folder, bool keepOpen = true)
    {
        PeftFolder.RequireFiles(folder);
        PeftConfig config = PeftConfig.Read(folder);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, PeftFolder.TensorsName));
        return new PeftAdapterReader(folder, config, file, keepOpen);
    }

    /// <summary>Reads one module's factors, into <paramref name="reuse"/> if that has their shape.</summary>
    /// <exception cref="AdapterFormatException">A value is not finite, or the file has become shorter.</exception>
    public LoraFactors ReadFactors(string module, LoraFactors? reuse = null)
    {
        TensorInfo a = tensors[PeftKey.Prefix + module + SuffixA];
        TensorInfo b = tensors[PeftKey.Prefix + module + SuffixB];
        LoraFactors factors = reuse is not null && reuse.Rank == a.Shape[0] && reuse.Inputs == a.Shape[1] && reuse.Outputs == b.Shape[0]
            ? reuse
            : new LoraFactors(new Matrix(a.Shape[0], a.Shape[1]), new Matrix(b.Shape[0], b.Shape[1]));
        Read(a, factors.A.Values);
        Read(b, factors.B.Values);
        return factors;
    }

    /// <summary>Reads one tensor trained in full.</summary>
    /// <exception cref="AdapterFormatException">A value is not finite, or the file has become shorter.</exception>
    public DenseTensor ReadSaved(string name)
    {
        TensorInfo info = tensors[PeftKey.Prefix + name];
        float[] values = new float[info.Count];
        Read(info, values);
        return new DenseTensor([.. info.Shape], values);
    }

    public void Dispose() => handle?.Dispose();

    private ModuleShape ShapeOf(string module) =>
        new(module, tensors[PeftKey.Prefix + module + SuffixB].Shape[0], tensors[PeftKey.Prefix + module + SuffixA].Shape[1]);

    private void Read(TensorInfo tensor, Span<float> destination)
    {
        const int Piece = 1 << 16;
        int size = tensor.Type.Bytes();
        SafeFileHandle file = Handle();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Piece * size);
        try
        {
            for (int done = 0; done < destination.Length; done += Piece)
            {
                int count = Math.Min(Piece, destination.Length - done);
                Span<byte> bytes = buffer.AsSpan(0, count * size);
                Fill(file, bytes, tensor, tensor.Offset + ((long)done * size));
                SinglePrecision.Widen(tensor.Type, bytes, destination.Slice(done, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (!keepOpen)
            {
                file.Dispose();
            }
        }

        FiniteValues.Check(destination, float.MaxValue, $"{path}: tensor '{tensor.Name}'", "single precision");
    }

    private void Fill(SafeFileHandle file, Span<byte> bytes, TensorInfo tensor, long offset)
    {
        for (int read = 0; read < bytes.Length;)
        {
            int got = RandomAccess.Read(file, bytes[read..], offset + read);
            read += got > 0
                ? got
                : throw new AdapterFormatException($"{path}: the file ends within tensor '{tensor.Name}'; it was cut short after it was opened.");
        }
    }

    private SafeFileHandle Handle()
    {
        if (!keepOpen)
        {
            return File.OpenHandle(path);
        }

        lock (opening)
        {
            return handle ??= File.OpenHandle(path);
        }
    }
}
