//! Authenticator apps: for `AuthService`.

use renkei_crypto::recovery::RecoveryCode;
use renkei_crypto::totp::Code;
use renkei_domain::Result;
use renkei_proto::v1 as proto;
use renkei_proto::v1::login_with_totp_request::Second as LoginSecond;
use renkei_proto::v1::step_up_request::Second as StepUpSecond;
use zeroize::Zeroizing;

use super::convert;
use super::login::acting;
use super::parse::Fields;
use crate::app::session::{EnrollTotp, LoginWithTotp, Offered, Second};

const CODE: &str = "must be six digits";

pub(super) fn parse_login(request: proto::LoginWithTotpRequest) -> Result<LoginWithTotp> {
    let mut fields = Fields::default();
    let login_name = fields.line("login_name", &request.login_name, 1, 64);
    fields.password("password", &request.password);
    let second = match request.second {
        Some(LoginSecond::TotpCode(text)) => code(&mut fields, text).map(Second::Code),
        Some(LoginSecond::RecoveryCode(text)) => recovery_code(&mut fields, text),
        None => {
            fields.wrong("totp_code", "or recovery_code is required");
            None
        }
    };
    let (affiliation, purpose) = acting(&mut fields, &request.affiliation_id, request.purpose);
    let second = fields.finish(second)?;
    Ok(LoginWithTotp {
        login_name,
        password: request.password,
        // nothing is a placeholder here: what is missing was refused
        second: second.ok_or_else(|| renkei_domain::Error::invalid_field("totp_code", CODE))?,
        affiliation,
        purpose,
    })
}

pub(super) fn parse_step_up(request: proto::StepUpRequest) -> Result<(String, Option<Second>)> {
    let mut fields = Fields::default();
    fields.password("password", &request.password);
    let second = match request.second {
        Some(StepUpSecond::TotpCode(text)) => code(&mut fields, text).map(Second::Code),
        Some(StepUpSecond::RecoveryCode(text)) => recovery_code(&mut fields, text),
        None => None,
    };
    fields.finish((request.password, second))
}

pub(super) fn parse_enroll(request: proto::EnrollTotpRequest) -> Result<EnrollTotp> {
    let mut fields = Fields::default();
    let code = fields.line("code", &request.code, 1, 200);
    let device_name = fields.line("device_name", &request.device_name, 1, 100);
    fields.password("password", &request.password);
    fields.finish(EnrollTotp { code, password: request.password, device_name })
}

pub(super) fn parse_add(request: &proto::AddTotpRequest) -> Result<String> {
    let mut fields = Fields::default();
    let device_name = fields.line("device_name", &request.device_name, 1, 100);
    fields.finish(device_name)
}

/// The token and the code.
pub(super) fn parse_confirm(request: proto::ConfirmTotpRequest) -> Result<(String, Code)> {
    let mut fields = Fields::default();
    let token = fields.line("confirmation_token", &request.confirmation_token, 1, 200);
    let code = code(&mut fields, request.totp_code);
    let code = fields.finish(code)?;
    Ok((token, code.ok_or_else(|| renkei_domain::Error::invalid_field("totp_code", CODE))?))
}

/// `None` if something was noted.
fn code(fields: &mut Fields, text: String) -> Option<Code> {
    let code = Code::parse(&Zeroizing::new(text));
    if code.is_none() {
        fields.wrong("totp_code", CODE);
    }
    code
}

/// `None` if something was noted.
fn recovery_code(fields: &mut Fields, text: String) -> Option<Second> {
    let code = RecoveryCode::parse(&Zeroizing::new(text));
    if code.is_none() {
        fields.wrong("recovery_code", "must be a recovery code like 4R7K-09XQ-M2TC-8WJD");
    }
    code.map(Second::Recovery)
}

pub(super) fn offer(offered: &Offered) -> proto::TotpOffer {
    proto::TotpOffer {
        uri: offered.uri.clone(),
        confirmation_token: offered.token.reveal(),
        expire_time: convert::time(offered.expires_at),
    }
}

pub(super) fn revealed(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(RecoveryCode::reveal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::parse::{taken, violated};

    fn login(second: Option<LoginSecond>) -> proto::LoginWithTotpRequest {
        proto::LoginWithTotpRequest {
            login_name: "hanako".into(),
            password: "correct horse".into(),
            second,
            ..Default::default()
        }
    }

    #[test]
    fn one_of_both_codes_is_given_and_looks_like_one() {
        let code = |text: &str| Some(LoginSecond::TotpCode(text.into()));
        let recovery = |text: &str| Some(LoginSecond::RecoveryCode(text.into()));
        assert!(matches!(taken(parse_login(login(code("123 456")))).second, Second::Code(_)));
        let typed = recovery("4r7k-09xq-m2tc-8wjd");
        assert!(matches!(taken(parse_login(login(typed))).second, Second::Recovery(_)));
        assert_eq!(violated(parse_login(login(code("12345")))), ["totp_code"]);
        assert_eq!(violated(parse_login(login(recovery("123456")))), ["recovery_code"]);
        assert_eq!(violated(parse_login(login(None))), ["totp_code"]);
        let empty = proto::LoginWithTotpRequest { purpose: 4, ..Default::default() };
        assert_eq!(violated(parse_login(empty)), ["login_name", "password", "totp_code", "purpose"]);
    }

    #[test]
    fn a_step_up_may_lack_a_code_but_not_have_a_wrong_one() {
        let step_up = |second| proto::StepUpRequest { password: "correct horse".into(), second };
        assert!(taken(parse_step_up(step_up(None))).1.is_none());
        let code = |text: &str| Some(StepUpSecond::TotpCode(text.into()));
        assert!(taken(parse_step_up(step_up(code("000000")))).1.is_some());
        assert_eq!(violated(parse_step_up(step_up(code("")))), ["totp_code"]);
    }

    #[test]
    fn a_confirmation_has_a_token_and_a_code() {
        let request =
            proto::ConfirmTotpRequest { confirmation_token: "t".into(), totp_code: "000000".into() };
        assert_eq!(taken(parse_confirm(request)).0, "t");
        let empty = proto::ConfirmTotpRequest::default();
        assert_eq!(violated(parse_confirm(empty)), ["confirmation_token", "totp_code"]);
    }
}
