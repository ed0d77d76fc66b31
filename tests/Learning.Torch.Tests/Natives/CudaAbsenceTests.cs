using EdgeFlora.Learning.Torch.Natives;

namespace EdgeFlora.Learning.Torch.Tests.Natives;

public sealed class CudaAbsenceTests
{
    [Theory]
    [InlineData(
        "cpu", 13000, null, "this build holds libtorch for the processor only (edgeflora torch install --cuda fetches the one for NVIDIA GPUs)")]
    [InlineData("cuda-linux", null, null, "NVIDIA's driver is not installed")]
    [InlineData("cuda-linux", 11080, null, "NVIDIA's driver is too old: it knows CUDA 11.8, libtorch needs 12.0; install driver 525 or newer")]
    [InlineData("cuda-windows", 12040, null, "NVIDIA's driver (CUDA 12.4) shows no GPU that libtorch can use")]
    [InlineData("cuda-linux", 13000, "-1", "NVIDIA's driver (CUDA 13.0) shows no GPU that libtorch can use; CUDA_VISIBLE_DEVICES is '-1'")]
    public void Why_there_is_no_GPU_is_told_apart(string backend, int? driver, string? visible, string told) =>
        Assert.Equal(told, CudaAbsence.Describe(backend, driver, visible));
}
