pub const PROBE: &str = "/trust.png";
pub fn answer(
    _: &super::Site,
    _: &str,
    _: &hyper::Request<hyper::body::Incoming>,
) -> hyper::Response<super::Body> {
    todo!()
}
